"""Chance and what may be concluded from it: who is in which arm, whether a difference is one, and what it earned.

Nothing is stored here. An arm follows from the seed and the customer alone, so it is the same whenever it is asked for.
"""
