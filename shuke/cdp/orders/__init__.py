"""Money: what was sold, given back and corrected. Money comes only from here.

Nouns: Order (a sale), Refund (a cancellation or return, with or without the order it belongs to), Adjustment (a
bookkeeping entry).
Invariants: amounts are whole minor units; an order's gross is the sum of its lines, each rounded half up; net =
gross - refunds + adjustments; an order is known by (shop, number) and replaced whole; an order without a customer is
a guest order, counted in sales and in nobody's value.
"""
