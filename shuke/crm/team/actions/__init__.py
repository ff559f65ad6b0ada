"""What is done in the work of people."""
