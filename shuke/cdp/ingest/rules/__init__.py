"""Pure decisions about what arrives: how it is read, what it says, when it happened, what of it may be kept."""
