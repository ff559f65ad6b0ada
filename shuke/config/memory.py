"""How often the server looks for garbage that refers to itself."""

import gc

# Imports and loads make hundreds of thousands of values that die young and refer to nothing that refers to them. Looking
# through everything that was ever loaded, again and again, took a third of their processor time.
_YOUNG_VALUES = 50_000
_YOUNGER_ROUNDS = 20


def settle() -> None:
    """Take what is loaded now for good: it is not looked through again; what comes is looked through less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_VALUES, _YOUNGER_ROUNDS, _YOUNGER_ROUNDS)
