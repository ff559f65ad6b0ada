"""The staff UI kit: base templates, components, filters, icons."""
