"""Work that outlives a request: queued in the transaction that wants it, leased, retried, cancellable, with progress.

Noun: Job. A job runs at least once; after a crash its lease runs out and it runs again, so each keeps its own
durable checkpoint.
"""
