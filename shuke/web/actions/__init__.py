"""Changes that staff make to platform things: each is one transaction and leaves an audit row."""
