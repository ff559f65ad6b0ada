"""Ways to reach people: accounts at providers, handing messages over, and what providers say afterwards.

Nouns: Account, Parcel, Approval, Receipt, the outbox of messages that were only shown. A provider is a folder under ``kinds``.
Invariants: nothing leaves without an approval that was sealed for exactly this message and has not expired; what may have
left is never called "not sent"; what a provider says twice counts once; a new installation has an account for every
channel, which shows messages instead of sending them.
"""
