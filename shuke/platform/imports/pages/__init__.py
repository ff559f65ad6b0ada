"""The pages of imports, for every kind."""
