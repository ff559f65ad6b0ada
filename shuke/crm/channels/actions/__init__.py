"""Changes to channels."""
