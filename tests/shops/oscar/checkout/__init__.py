"""Checking out: the money is taken when the order is placed."""
