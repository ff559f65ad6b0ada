"""Words for the codes that deliveries, refusals and connections carry."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.integrations.models import ConnectionState, DeliveryState
from shuke.integrations.rules import wording

Label = str | Promise

REASONS: dict[str, Label] = {
    wording.NOT_GENUINE: _("The signature is missing or wrong"),
    wording.TOO_OLD: _("Signed too long ago: perhaps a recording"),
    wording.TOO_LARGE: _("Larger than 5 MB"),
    wording.UNKNOWN_ADDRESS: _("Nobody has this address"),
    wording.NO_JSON: _("It is not JSON that can be read"),
    wording.UNKNOWN_TOPIC: _("A type of message that is not known"),
    wording.MISSING: _("Something is missing that has to be there"),
    wording.CURRENCY: _("Its currency is not known"),
    wording.REFUSED: _("It cannot be stored as it is"),
    wording.CRASHED: _("Shuke could not deal with it"),
    wording.NO_ORDER: _("The order it names is not known"),
    wording.UNREADABLE: _("Its key is gone: it cannot be opened"),
    wording.ERASED: _("Emptied by an erasure"),
}
TROUBLE: dict[str, Label] = {
    wording.UNINSTALLED: _("The app was uninstalled in the shop: nothing arrives any more."),
    wording.SHOP_REDACT: _("The platform asks to erase what it sent, since the app was uninstalled."),
}
NOUNS: dict[str, Label] = {
    "orders": _("Orders"), "refunds": _("Refunds"), "customers": _("Customers"), "products": _("Products"),
    "checkouts": _("Carts"), "consents": _("Consents"), "called_off": _("Cancelled orders"),
    "privacy": _("Privacy requests"), "wanted_orders": _("Orders to fetch"),
}  # fmt: skip
STATE_TONES = {
    ConnectionState.WAITING: "neutral", ConnectionState.ACTIVE: "good", ConnectionState.TROUBLED: "bad",
    ConnectionState.CLOSED: "neutral",
}  # fmt: skip
DELIVERY_TONES = {
    DeliveryState.STORED: "info", DeliveryState.APPLIED: "good", DeliveryState.IGNORED: "neutral", DeliveryState.FAILED: "bad",
}  # fmt: skip


def reason(code: str) -> Label:
    """Return the words for why a delivery failed or a call was turned away."""
    return REASONS.get(code, code)


def trouble(code: str) -> Label:
    """Return the words for what is wrong with a connection."""
    return TROUBLE.get(code, code)


def counted(made: dict[str, int]) -> list[tuple[Label, int]]:
    """Return counts with the words for what is counted."""
    return [(NOUNS.get(name, name), count) for name, count in made.items()]
