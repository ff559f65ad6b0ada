"""Values and sources in the reader's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.cdp.attributes.models import Attribute
from shuke.cdp.attributes.rules.kinds import Kind
from shuke.platform.company import queries as company
from shuke.platform.ui import formats

SOURCES: Mapping[str, str | Promise] = {
    "staff": gettext_lazy("Staff"),
    "api": gettext_lazy("A connected system"),
    "shop": gettext_lazy("A shop"),
    "collector": gettext_lazy("The collector"),
    "file": gettext_lazy("An imported file"),
    "computed": gettext_lazy("Worked out by Shuke"),
    "merge": gettext_lazy("A merge"),
    "split": gettext_lazy("A split"),
}


def worded(attribute: Attribute, value: Any, *, currency: str) -> str:
    """Return a value as people read it; nothing as a dash."""
    if value is None:
        return formats.NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, tuple | list):
        return formats.listed([attribute.choice_label(str(one)) for one in value]) if value else formats.NOTHING
    if isinstance(value, int | float):
        is_money = attribute.kind == Kind.MONEY
        return formats.money(int(value), currency) if is_money else formats.number(value)
    return attribute.choice_label(str(value))


def source_names() -> dict[str, str]:
    """Return the names of shops by code, for ``source_label``. One query."""
    return {shop.code: shop.name for shop in company.shops()}


def source_label(source: str, shops: Mapping[str, str]) -> str:
    """Return what a source is called: ``shop:web`` by the shop's name."""
    kind, _sep, name = source.partition(":")
    if kind == "shop" and name:
        return shops.get(name, name)
    label = str(SOURCES.get(kind, kind))
    return _("%(source)s (%(name)s)") % {"source": label, "name": name} if name else label
