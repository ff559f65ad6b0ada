"""Staging files of orders: runs in the process that reads files. No Django, no OLTP database."""
