"""The reports' figures, answered by the warehouse."""
