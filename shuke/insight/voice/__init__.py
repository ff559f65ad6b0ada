"""The voice of the customer: what people write, whether they complain, about what, and whether that is rising.

Nouns: Text, Label, Topic, Run.
A text is personal: its words are sealed in one table, and neither log nor warehouse ever sees them. Whether it is negative
is said by people who label it, else by what was learned from their labels, else by its stars; every figure tells by which.
What was learned is measured on texts it did not learn from, beside the simplest guesses, and refuses what cannot be told.
"""
