"""Pure figures: facts asked of the warehouse, methods learned from arrays, judged at past days. Knows no database.

NumPy and SciPy are imported by modules that only the learning process (and tests) load.
"""
