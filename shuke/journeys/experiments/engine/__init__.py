"""Pure arithmetic of experiments."""
