"""Pages of the voice of the customer."""
