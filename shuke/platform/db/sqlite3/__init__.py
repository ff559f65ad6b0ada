"""Django database backend: SQLite in WAL mode, every write through one fair gate."""
