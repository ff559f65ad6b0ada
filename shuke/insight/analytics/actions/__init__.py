"""Verbs of the reports."""
