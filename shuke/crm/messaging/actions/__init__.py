"""What may be done about messages."""
