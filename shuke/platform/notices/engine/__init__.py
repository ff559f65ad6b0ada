"""Sending to chat groups, in a process of its own."""
