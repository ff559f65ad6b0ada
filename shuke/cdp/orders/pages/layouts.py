"""The layouts of files that we know by heart, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders.rules import presets


@dataclass(frozen=True, slots=True)
class Layout:
    """A preset as people read of it: what it is called, and how to tell such a file."""

    code: str
    name: str | Promise
    note: str | Promise


_WORDS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    presets.UCI_ONLINE_RETAIL.preset: (
        _("Online Retail (UCI)"),
        _("The public data set of a British gift shop. Numbers that begin with C are returns, those with A bookkeeping."),
    ),
    presets.GENERIC.preset: (
        _("Shuke's own layout"),
        _("The columns are named after our fields: number, placed_at, customer_id, product, quantity, unit_price and so on."),
    ),
}  # fmt: skip
LAYOUTS: Mapping[str, Layout] = {code: Layout(code, *_WORDS[code]) for code in presets.PRESETS}


def of(mapping: Mapping[str, object]) -> Layout | None:
    """Return the layout that a stored mapping follows, None where people chose the columns themselves."""
    return LAYOUTS.get(str(mapping.get("preset", "")))
