"""Pure machinery of quality: finding duplicates."""
