"""What to do about somebody who is about to leave: declared rules, the first that holds. Pure."""

CALL, OFFER, REMIND, ASK, WRITE = "call", "offer", "remind", "ask", "write"


def suggestion(*, tier: str, reduced_share: float | None, due_items: int, refund_share: float) -> str:
    """Return what to do.

    >>> suggestion(tier="top", reduced_share=None, due_items=0, refund_share=0.4)
    'ask'
    >>> suggestion(tier="high", reduced_share=0.9, due_items=2, refund_share=0.0)
    'call'
    >>> suggestion(tier="low", reduced_share=0.9, due_items=0, refund_share=0.0)
    'offer'
    """
    if refund_share >= 0.3:
        return ASK
    if tier in {"top", "high"}:
        return CALL
    if due_items:
        return REMIND
    if reduced_share is not None and reduced_share >= 0.6:
        return OFFER
    return WRITE
