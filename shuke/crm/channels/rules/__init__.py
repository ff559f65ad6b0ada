"""Pure decisions about channels: what lets a message go, what became of it, how it is cut and signed."""
