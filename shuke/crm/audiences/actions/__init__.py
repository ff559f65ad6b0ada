"""What is done with audiences that leave the house."""
