"""Decisions about orders: what a fact is, how files are read, what a group of lines amounts to. Pure."""
