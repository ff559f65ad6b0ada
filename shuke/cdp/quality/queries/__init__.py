"""Questions about quality."""
