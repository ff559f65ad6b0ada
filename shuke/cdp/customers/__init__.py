"""The people a company sells to: who they are and how their records belong together.

Nouns: Customer, Identity, ContactPoint, Tag.
Invariants: an identity (type, namespace, value) exists once and points to at most one customer; e-mail, phone and
address are stored sealed, and found only through blind indexes; facts keep the identity they arrived with.
"""
