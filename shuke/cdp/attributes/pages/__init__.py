"""Staff pages of attributes."""
