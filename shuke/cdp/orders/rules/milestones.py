"""What a sale reaches once: paid, shipped, delivered, completed, cancelled. Each is told to the log a single time."""

PAID, SHIPPED, DELIVERED, COMPLETED, CANCELLED = 1, 2, 4, 8, 16
ALL = (PAID, SHIPPED, DELIVERED, COMPLETED, CANCELLED)
_PAID_STATES = frozenset({"paid", "partially_refunded", "refunded"})
_SHIPPED_STATES = frozenset({"partial", "fulfilled", "delivered", "returned"})
_PAYMENT_BY_STATUS = {"open": "pending", "paid": "paid", "completed": "paid"}
# How far each state has come, to tell which of two messages of the same moment is the later one.
_RANKS = {
    "": 0, "open": 0, "pending": 1, "unfulfilled": 1, "authorized": 2, "partially_paid": 3, "paid": 4, "partial": 4,
    "fulfilled": 5, "delivered": 6, "completed": 6, "partially_refunded": 7, "returned": 8, "refunded": 9,
    "voided": 10, "cancelled": 11,
}  # fmt: skip


def payment_state(status: str, said: str) -> str:
    """Return how far a sale is paid: as said, or else as its status implies.

    >>> payment_state("completed", ""), payment_state("completed", "refunded"), payment_state("cancelled", "")
    ('paid', 'refunded', '')
    """
    return said or _PAYMENT_BY_STATUS.get(status, "")


def rank(state: str) -> int:
    """Return how far a state has come among its own kind."""
    return _RANKS.get(state, 0)


def reached(status: str, payment: str, fulfilment: str) -> int:
    """Return the milestones behind a sale in these states, as bits.

    >>> reached("paid", "paid", "fulfilled") == PAID | SHIPPED
    True
    """
    found = PAID if payment in _PAID_STATES else 0
    if fulfilment in _SHIPPED_STATES:
        found |= SHIPPED
    if fulfilment == "delivered":
        found |= DELIVERED
    return found | {"completed": COMPLETED, "cancelled": CANCELLED}.get(status, 0)


def progress(status: str, payment: str, fulfilment: str) -> int:
    """Return how far a sale has come: of two messages with one time, the one that has come further is the later.

    >>> progress("open", "pending", "") < progress("paid", "paid", "") < progress("paid", "paid", "fulfilled")
    True
    """
    return rank(status) + rank(payment) + rank(fulfilment)
