"""Prices with 20% on top, to the penny."""
