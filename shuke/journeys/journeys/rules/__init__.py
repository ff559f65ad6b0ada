"""What a journey is, and whether it can run: pure decisions."""
