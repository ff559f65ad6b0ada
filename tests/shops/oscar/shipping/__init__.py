"""Shipping at one price."""
