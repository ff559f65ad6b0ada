"""What staff do with templates: writing, publishing, what surrounds them."""
