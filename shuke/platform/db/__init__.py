"""The OLTP engines: a SQLite backend whose writers queue fairly, and set-based bulk writes for both engines."""
