"""Bringing in files: uploaded, looked at, mapped, checked, written in the background, and taken back as a whole.

What stands in a file is a domain's business: it offers an ``ImportKind`` (orders, customers), and everything here works
for it. One table numbers the imports of all kinds, since that number marks whatever an import wrote.
"""
