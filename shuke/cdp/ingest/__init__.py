"""The collector: what shops, apps and servers say about their visitors, taken in without losing any of it.

Nouns: Source, Inbox (what was acknowledged, sealed), Receipt (a message that was seen), DeadLetter, Tally, Observation.
Invariants: nothing is acknowledged before it is committed; a message of a source reaches the log at most once while its
receipt is kept; every event that does not reach the log is counted with a reason; bodies are stored sealed only.
"""
