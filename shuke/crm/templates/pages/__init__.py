"""Pages about templates: the list and one template, writing, what surrounds them, pictures for everybody."""
