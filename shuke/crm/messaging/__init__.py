"""The gate between wanting to write to somebody and writing: who gets what, when, and why not.

Nouns: Candidate, Decision, Message, Policy, Stop, Link.
Every candidate gets a decision, kept for ever with its reasons; only an allowed one becomes a message. The gate is asked
again in the transaction that claims a message, and the database refuses to let one be sent without an allow that has not
expired. What is not known counts against sending. A marketing message leaves at most once: where nobody knows whether
it left, it says so. A transactional one leaves at least once, under one id.
"""
