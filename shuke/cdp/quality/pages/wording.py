"""What levels of agreement and contradictions mean, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.cdp.quality.engine.comparing import COMPARISONS, MISSING
from shuke.cdp.quality.engine.model import Model

_SAYS: dict[str, tuple[str | Promise, ...]] = {
    "family": (
        _("Different family names"), _("Family names faintly alike"), _("One family name is an initial of the other"),
        _("Family names differ by a slip"), _("Same family name, other spelling"),
        _("Same family name"),
    ),
    "given": (
        _("Different given names"), _("Given names faintly alike"), _("One given name is an initial of the other"),
        _("Given names differ by a slip"), _("Same given name, other spelling"), _("Same given name"),
    ),
    "birthday": (
        _("Different birthdays"), _("Birthdays agree in the year, or in month and day"),
        _("Birthdays differ by a slip"), _("Same birthday"),
    ),
    "email": (
        _("Different e-mail addresses"), _("E-mail addresses resemble each other"),
        _("E-mail addresses differ by a slip"), _("Same mailbox name at another provider"), _("Same e-mail address"),
    ),
    "phone": (
        _("Different phone numbers"), _("Phone numbers differ by one digit"), _("Phone numbers end alike"),
        _("Same phone number"),
    ),
    "address": (
        _("Different streets"), _("Streets faintly alike"), _("Same street, another house number"),
        _("Nearly the same address"), _("Same postal address"),
    ),
    "place": (
        _("Different places"), _("Places are spelt alike"), _("Same city"), _("Same postcode"),
        _("Same city and postcode"),
    ),
    "key": (_("Different personal keys"), _("Personal keys differ by a slip"), _("Same personal key")),
}  # fmt: skip
_FIELD_NAMES = {
    "family": _("Family name"), "given": _("Given name"), "birthday": _("Birthday"), "email": _("E-mail"),
    "phone": _("Phone"), "address": _("Street"), "place": _("Place"), "key": _("Personal key"),
}  # fmt: skip
CONFLICTS = {
    "accounts": _("Both have an account of their own in the same shop."),
    "birthday": _("Their birthdays differ."),
    "given": _("Their given names differ: they may share a household."),
    "contacts": _("Both their e-mail addresses and their phone numbers differ."),
}
CONFLICTS_SHORT = {
    "accounts": _("Two accounts of a shop"), "birthday": _("Birthdays differ"), "given": _("Given names differ"),
    "contacts": _("Contacts differ"),
}  # fmt: skip
MOVES = {
    "identities": _("Identities"), "contacts": _("Contact points"), "tags": _("Tags"), "relations": pgettext_lazy("between people", "Connections"),
    "orders": _("Orders"), "refunds": _("Refunds"), "attributes": _("Attributes"), "carts": _("Carts"),
    "lists": _("Lists"), "touches": _("Visits from campaigns"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """One reason: what agrees or not, and how much it says (positive: for one person)."""

    field: str | Promise
    text: str | Promise
    weight: float | None

    @property
    def tone(self) -> str:
        """Return how it speaks: for, against, or not at all."""
        if self.weight is None or abs(self.weight) < 0.4:
            return "neutral"
        return "good" if self.weight > 0 else "bad"

    @property
    def strength(self) -> str | Promise:
        """Return how strongly it speaks, in words."""
        if self.weight is None:
            return pgettext_lazy("evidence", "says nothing")
        steps = (
            (-3.0, pgettext_lazy("evidence", "strongly against")),
            (-0.4, pgettext_lazy("evidence", "against")),
            (0.4, pgettext_lazy("evidence", "says little")),
            (4.0, pgettext_lazy("evidence", "for")),
        )
        return next((word for limit, word in steps if self.weight < limit), pgettext_lazy("evidence", "strongly for"))


def clauses(levels: Sequence[int], model: Model) -> list[Clause]:
    """Return the reasons of a suggestion, the strongest first; what is unknown of either comes last."""
    weights = model.weights()
    found = [
        Clause(_FIELD_NAMES[comparison.name], _("Unknown of at least one of them"), None)
        if level == MISSING
        else Clause(_FIELD_NAMES[comparison.name], _SAYS[comparison.name][level], float(weights[at][level] / 0.6931))
        for at, (comparison, level) in enumerate(zip(COMPARISONS, levels, strict=False))
    ]
    known = sorted((one for one in found if one.weight is not None), key=lambda one: -abs(one.weight or 0.0))
    # Nobody in a shop has personal keys to compare; silence about them is no news.
    return known + [one for one in found if one.weight is None and one.field is not _FIELD_NAMES["key"]]


def in_short(levels: Sequence[int], limit: int = 3) -> list[str | Promise]:
    """Return the strongest agreements of a suggestion, for a list."""
    agreeing = [
        (level / (len(comparison.levels) - 1), _SAYS[comparison.name][level])
        for comparison, level in zip(COMPARISONS, levels, strict=False)
        if level >= 2
    ]
    return [text for _share, text in sorted(agreeing, key=lambda pair: -pair[0])[:limit]]
