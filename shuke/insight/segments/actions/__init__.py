"""Verbs of segments: ``define`` what they are, ``lists`` by hand, ``compute`` who belongs, ``export`` them."""
