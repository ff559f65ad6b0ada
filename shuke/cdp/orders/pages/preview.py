"""The first rows of a file as a mapping reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders.errors.wording import sentence
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.deciding import Decider
from shuke.cdp.orders.rules.mapping import Mapping, problems
from shuke.platform.imports.rules import moments

_SHOWN = 8
_KIND_LABELS = {facts.ORDER: _("Sale"), facts.REFUND: _("Refund"), facts.ADJUSTMENT: _("Adjustment")}


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as it will be read, ``at`` by the clock of the shop; ``trouble`` says why it will not."""

    row: int
    kind: str | Promise = ""
    number: str = ""
    at: datetime | None = None
    customer: str = ""
    product: str = ""
    quantity: str = ""
    price: str = ""
    amount_minor: int | None = None
    currency: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as read, what is missing from the mapping, and how much of the sample can be read."""

    rows: list[ReadRow]
    missing: list[str]
    sampled: int
    refused: int
    is_date_ambiguous: bool
    example_date: str = ""


def preview_of(seen: dict[str, Any], mapping: Mapping | None) -> Preview:
    """Read the sample of a file; a mapping that lacks columns only says which."""
    headers, rows = seen["headers"], [(number, cells) for number, cells in seen["rows"]]
    missing = [sentence(problem.code, problem.facts) for problem in problems(mapping, headers)] if mapping else []
    if mapping is None or missing:
        return Preview([], missing, len(rows), 0, is_date_ambiguous=False)
    decider = Decider(mapping, headers)
    zone = ZoneInfo(mapping.time_zone)
    read = [_read(decider, row, zone) for row in rows]
    dates = [cells[headers.index(mapping.columns["placed_at"])] for _row, cells in rows]
    _order, is_proven = moments.date_order(dates)
    return Preview(
        read[:_SHOWN], [], len(read), sum(bool(row.trouble) for row in read), not is_proven, dates[0] if dates else ""
    )


def _read(decider: Decider, row: tuple[int, list[str]], zone: ZoneInfo) -> ReadRow:
    """Read one row as if it stood alone."""
    decision = decider.decide([row])
    fact = decision.fact
    if fact is None:
        refusal = decision.refusals[0]
        reason = sentence(refusal.code, refusal.facts)
        return ReadRow(
            row[0], number=refusal.number, trouble=f"{refusal.column}: {reason}" if refusal.column else reason
        )
    line = fact.lines[0] if fact.lines else None
    person = dict(zip(facts.PERSON_FIELDS, fact.person, strict=True)) if fact.person else {}
    return ReadRow(
        row[0], _KIND_LABELS[fact.kind], fact.number, datetime.fromisoformat(fact.at).astimezone(zone).replace(tzinfo=None),
        person.get("external_id") or person.get("name") or person.get("email") or person.get("phone") or "",
        line.title or line.product if line else fact.details.get("description", ""), line.quantity if line else "",
        line.unit_price if line else "", fact.amount_minor, fact.currency,
    )  # fmt: skip
