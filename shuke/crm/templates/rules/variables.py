"""What a template may name. Pure: labels for people stand in ``queries.wording``.

Roots of the person and the company are filled by ``queries.people``; roots of what happened come with the message and may
hold anything.
"""

CUSTOMER = ("name", "given_name", "country", "region", "city", "language", "birthday", "since")
VALUE = (
    "orders", "spent", "average_order", "first_order_on", "last_order_on", "days_since_order", "tier", "group", "stage",
)  # fmt: skip
COMPANY = ("name", "url", "address", "logo", "signature")
# What every message brings with it.
LINKS = ("unsubscribe_url", "preferences_url", "view_url")
# What happened, with the fields that are usual; others are let pass.
HAPPENED = {
    "order": ("number", "total", "products", "url", "placed_on"),
    "cart": ("url", "total", "products"),
    "product": ("title", "price", "url", "image"),
    "coupon": ("code", "name", "worth", "expires_on"),
    "shipment": ("carrier", "number", "url"),
    "points": ("balance", "change", "expires_on"),
    "tier": ("name", "next", "missing"),
    "survey": ("url",),
    "event": (),
}
# Filled from blocks.
BLOCKS = ("goods", "picks")
# What templates of everybody may name.
ROOTS = frozenset({"customer", "value", "attributes", "company", *LINKS, *HAPPENED, *BLOCKS})
_CLOSED = {"customer": CUSTOMER, "value": VALUE, "company": COMPANY}


def is_known(path: str, attributes: frozenset[str] = frozenset()) -> bool:
    """Whether there is such a variable.

    >>> is_known("customer.name"), is_known("customer.shoe"), is_known("order.anything"), is_known("ordr.number")
    (True, False, True, False)
    """
    root, _dot, rest = path.partition(".")
    if root in LINKS:
        return not rest
    first = rest.split(".", 1)[0].split("[", 1)[0]
    if root in _CLOSED:
        return first in _CLOSED[root]
    if root == "attributes":
        return first in attributes
    return root in ROOTS


def always_known(path: str) -> bool:
    """Whether a variable can be relied on for everybody, so that it needs no fallback."""
    return path in LINKS or path == "company.name" or path.startswith(("goods.", "picks.", "customer.language"))
