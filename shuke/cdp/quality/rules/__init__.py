"""Pure decisions of quality: names, addresses, what is wrong with a value."""
