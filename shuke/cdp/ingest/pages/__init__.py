"""Staff pages: sources, live events, dead letters, the tracking plan."""
