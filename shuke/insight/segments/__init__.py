"""Segments: who belongs together, by rule or by name.

Nouns: Segment (a rule, or a fixed list), Membership (an interval: entered, left), Rule (groups and clauses).
Invariants: a rule compiles to one Ibis expression and means the same on every engine; every clause is true or false,
never unknown; a customer has at most one open interval per segment; the first computation of a segment announces
nobody; a definition is archived, never deleted, and not while another segment uses it.
"""
