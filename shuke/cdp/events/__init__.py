"""The one log: everything that happens to a customer is a row here, in one envelope.

Nouns: Event, Subscription.
Invariants: an event is published inside the transaction that caused it (the log is the outbox); positions follow
the order of commits; events are never changed, and disappear only by erasure, retention or import undo.
"""
