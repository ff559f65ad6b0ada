"""Journeys: what happens to customers by itself, from what set it off to how it ends.

Nouns: Journey (with a draft), JourneyVersion (never changed), Run (one person on their way), Visit (one step they
passed). Invariants: a version never changes; a run stays on its version until somebody moves it; each (run, hop) acts
at most once, in the transaction that writes its visit; nobody is in one journey twice at a time.
"""
