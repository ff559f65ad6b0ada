"""What we run: the work of people with customers."""
