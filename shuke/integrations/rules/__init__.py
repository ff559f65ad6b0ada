"""Pure decisions about connections."""
