"""How predictions are made and judged. Pure: Arrow and NumPy in, plain values out; knows neither Django nor a store.

SciPy and NumPy are imported here, so nothing that a web process loads at its start may import this package's members.
"""
