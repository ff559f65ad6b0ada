"""Pure Python at the bottom of the house: ids, money, clock, errors. Imports nothing of ours, nor Django."""
