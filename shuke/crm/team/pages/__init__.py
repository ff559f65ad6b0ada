"""Pages of people's work."""
