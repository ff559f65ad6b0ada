"""Machinery without a database: how a request is packed for the inbox, and how quotas are kept."""
