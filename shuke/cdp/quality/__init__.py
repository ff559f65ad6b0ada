"""How good what we know is: duplicates, cleaning, and the scores of fields.

Nouns: MatchKey, Suggestion, MatchModel, Fix, FixedRow, Measure.
Nobody is joined or changed by this domain behind a person's back: it suggests, shows why, and applies what somebody
(or the company's own setting) decided, so that it can be taken back. Two customers that were told apart by hand are
never suggested again.
"""
