"""The staff HTTP edge: who may open a page, what every request carries, how refusals look, keyset pages, masks."""
