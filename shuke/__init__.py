"""Shuke 熟客: the CRM an e-commerce company runs itself."""

__version__ = "0.1.0"
