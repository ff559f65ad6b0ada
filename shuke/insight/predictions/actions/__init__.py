"""Learning, scoring, and forgetting."""
