"""Changes: a run, and what staff make of what it found."""
