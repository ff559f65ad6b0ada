"""Connections to shops: what they send is kept as it came, and turned into orders, customers and products.

Nouns: Connection, Delivery, Sync. A platform is a folder under ``kinds``.
Invariants: a delivery is answered after it is stored, and stored once per connection and number; applying it again, late or
out of order ends in the same state; a connection touches only records of its own shop.
"""
