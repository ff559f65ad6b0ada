"""Text messages: how they are signed for each provider, how they are cut, and what providers answer."""
