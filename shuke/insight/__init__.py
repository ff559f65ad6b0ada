"""WHAT WE INFER: value, segments, analytics. Every function takes ``as_of``."""
