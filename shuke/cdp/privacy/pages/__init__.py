"""Pages of privacy work."""
