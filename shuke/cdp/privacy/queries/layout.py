"""How a person's archive reads: headings in words, values as people write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.platform.ui import formats

# Words for what domains call their sections and fields; what has none is shown by its own name.
WORDS: Mapping[str, str | Promise] = {
    "profile": _("Who you are to us"), "contacts": _("How we can reach you"), "identities": _("What you are known under"),
    "name_search": _("Words under which your name is found"), "tags": _("Labels we put on you"),
    "relations": _("How you relate to other customers"), "consents": _("What you permitted or refused"),
    "suppressions": _("Where we must not write to you"), "reveals": _("Who looked at your contact details"),
    "merges": _("Records found to be you"), "identity_moves": _("When records were found to be yours"),
    "orders": _("Orders"), "refunds": _("Refunds"), "adjustments": _("Bookkeeping entries"),
    "events": _("What happened"), "requests": _("What you asked of us"), "attributes": _("What else is noted about you"),
    "name": pgettext_lazy("person", "Name"), "country": _("Country"), "region": _("Region"), "city": _("City"),
    "language": _("Language"), "birthday": _("Birthday"), "first_seen_at": _("First seen"), "id": _("Our number for you"),
    "restricted_at": _("Restricted since"), "kind": _("Kind"), "address": _("Address"), "status": _("Status"),
    "known_since": _("Known since"), "type": _("Type"), "namespace": _("Where"), "value": _("Value"),
    "source": _("Source"), "occurred_at": _("When"), "channel": _("Channel"), "purpose": _("Purpose"),
    "topic": _("Topic"), "action": _("Decision"), "method": _("How"), "notice": _("Text you saw"),
    "evidence": _("Evidence"), "scope": _("Scope"), "reason": _("Reason"), "since": _("Since"), "note": _("Note"),
    "revealed_at": _("When"), "staff": _("Who"), "shop": _("Shop"), "number": _("Number"), "currency": _("Currency"),
    "amount_minor": _("Amount, in the smallest unit of its currency"), "placed_at": _("When"), "lines": _("Lines"),
    "title": _("Title"), "sku": _("SKU"), "quantity": _("Quantity"), "event": _("Event"), "details": _("Details"),
    "tag__name": _("Tag"), "tagged_at": _("Since"), "refunded_at": _("When"), "order": _("Order"),
    "adjusted_at": _("When"), "description": _("Description"), "received_at": _("Received"), "state": _("State"),
}  # fmt: skip
MOST_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the archive with a table under it; ``more`` rows are in the JSON only."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    more: int = 0


def sections(held: Mapping[str, Any]) -> list[Section]:
    """Return everything held, domain by domain, as tables of text."""
    found = []
    for said in held.values():
        for name, part in said.items() if isinstance(said, Mapping) else ():
            rows = [row if isinstance(row, Mapping) else {"value": row} for row in _as_list(part)]
            if rows:
                found.append(_section(name, rows))
    return found


def _as_list(part: Any) -> list[Any]:
    if isinstance(part, Mapping):
        return [part] if part else []
    return list(part) if isinstance(part, Sequence) and not isinstance(part, str) else [part]


def _section(name: str, rows: list[Mapping[str, Any]]) -> Section:
    keys = list(dict.fromkeys(key for row in rows for key in row if any(_is_said(each.get(key)) for each in rows)))
    shown = [[_text(row.get(key)) for key in keys] for row in rows[:MOST_SHOWN]]
    return Section(_word(name), [_word(key) for key in keys], shown, max(0, len(rows) - MOST_SHOWN))


def _is_said(value: Any) -> bool:
    return value not in (None, "", [], {})


def _word(name: str) -> str:
    return str(WORDS.get(name, name.replace("_", " ")))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    match value:
        case datetime():
            return formats.moment(value)
        case date():
            return formats.day(value)
        case Mapping():
            return "; ".join(f"{_word(str(key))}: {_text(inner)}" for key, inner in value.items() if _is_said(inner))
        case list() | tuple() | set():
            return " / ".join(_text(inner) for inner in value)
    return "" if value is None else str(value)
