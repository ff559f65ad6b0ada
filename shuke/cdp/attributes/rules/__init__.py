"""What values may be, and whose word counts. Pure."""
