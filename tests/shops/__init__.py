"""Shops that are not ours, running beside Shuke as at a customer."""
