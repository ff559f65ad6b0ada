"""Entering what channels cost."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.insight.analytics.errors import InvalidCosts
from shuke.insight.analytics.models import ChannelCost
from shuke.kernel.money import to_minor
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor

MOST_ROWS = 5_000
_MOST = Decimal(10) ** 11
# Headings as people write them, in either language.
_HEADINGS = {
    "month": "month", "月份": "month", "月": "month", "source": "source", "channel": "source", "渠道": "source", "来源": "source",
    "campaign": "campaign", "活动": "campaign", "营销活动": "campaign", "amount": "amount", "cost": "amount", "spend": "amount",
    "金额": "amount", "花费": "amount", "成本": "amount",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Spending on a source (and campaign) in a month."""

    month: date
    source: str
    campaign: str
    amount_minor: int


def enter(costs: Sequence[Cost], *, by: Actor, now: datetime) -> int:
    """Write costs, each in the place of what was known for its month, source and campaign; return how many differ."""
    wanted = {(cost.month, cost.source, cost.campaign): cost.amount_minor for cost in costs}
    with transaction.atomic():
        known = {
            (row.month, row.source, row.campaign): row
            for row in ChannelCost.objects.filter(month__in={month for month, _source, _campaign in wanted})
        }
        changed = {key: minor for key, minor in wanted.items() if key not in known or known[key].amount_minor != minor}
        ChannelCost.objects.bulk_create(
            [
                ChannelCost(
                    month=month, source=source, campaign=campaign, amount_minor=minor, changed_by=by.reference, changed_at=now
                )
                for (month, source, campaign), minor in changed.items()
            ],
            update_conflicts=True, unique_fields=["month", "source", "campaign"],
            update_fields=["amount_minor", "changed_by", "changed_at"],
        )  # fmt: skip
        if changed:
            record(by, "reports.costs_entered", summary={"rows": len(changed)}, now=now)
    return len(changed)


def remove(cost_id: int, *, by: Actor, now: datetime) -> bool:
    """Take one entry out; False where it is gone already."""
    with transaction.atomic():
        removed, _kinds = ChannelCost.objects.filter(pk=cost_id).delete()
        if removed:
            record(by, "reports.cost_removed", target=f"analytics.ChannelCost:{cost_id}", now=now)
    return bool(removed)


def enter_file(raw: bytes, *, currency: str, by: Actor, now: datetime) -> int:
    """Enter a CSV file: columns month (2024-05), source, campaign (may lack), amount. All rows or none.

    Raises ``InvalidCosts`` with a sentence for each row that cannot be read.
    """
    rows, problems = read(raw, currency=currency)
    if problems:
        raise InvalidCosts(problems)
    return enter(rows, by=by, now=now)


def read(raw: bytes, *, currency: str) -> tuple[list[Cost], list[str]]:
    """Return the costs of a file, and what is wrong with it, row by row."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    lines = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        heading = next(lines, [])
        columns = [_HEADINGS.get(name.strip().lower(), "") for name in heading]
        lacking = [name for name in ("month", "source", "amount") if name not in columns]
        if lacking:
            return [], [_("Columns are missing: %(names)s.") % {"names": ", ".join(lacking)}]
        return _rows(lines, columns, currency)
    except csv.Error as wrong:
        return [], [_("This is no CSV file: %(reason)s") % {"reason": str(wrong)}]


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _rows(lines: Iterable[list[str]], columns: list[str], currency: str) -> tuple[list[Cost], list[str]]:
    found, problems, seen = list[Cost](), list[str](), dict[tuple[date, str, str], int]()
    for number, line in enumerate(lines, 2):
        if not any(cell.strip() for cell in line):
            continue
        if number > MOST_ROWS + 1:
            problems.append(_("The file has more than %(most)s rows.") % {"most": MOST_ROWS})
            break
        said = {name: cell.strip() for name, cell in zip(columns, line, strict=False) if name}
        try:
            cost = checked(
                said.get("month", ""),
                said.get("source", ""),
                said.get("campaign", ""),
                said.get("amount", ""),
                currency,
            )
        except ValueError as reason:
            problems.append(_("Row %(number)s: %(reason)s") % {"number": number, "reason": str(reason)})
            continue
        key = (cost.month, cost.source, cost.campaign)
        if key in seen:
            facts = {"number": number, "other": seen[key]}
            problems.append(_("Row %(number)s: says the same month, source and campaign as row %(other)s.") % facts)
        seen.setdefault(key, number)
        found.append(cost)
    return found, problems


def checked(month: str, source: str, campaign: str, amount: str, currency: str) -> Cost:
    """Return a cost as it was written. Raises ``ValueError`` with a sentence."""
    try:
        first = date.fromisoformat(f"{month[:7].replace('/', '-')}-01")
    except ValueError:
        raise ValueError(_("“%(month)s” is no month; write it like 2024-05.") % {"month": month}) from None
    if not 2000 <= first.year <= 2100:
        raise ValueError(_("“%(month)s” is no month; write it like 2024-05.") % {"month": month})
    if not source or len(source) > 120 or len(campaign) > 120:
        raise ValueError(_("a source is needed, and neither it nor the campaign may be longer than 120 letters."))
    try:
        value = Decimal(amount.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        raise ValueError(_("“%(amount)s” is no amount.") % {"amount": amount}) from None
    if not value.is_finite() or not 0 <= value < _MOST:
        raise ValueError(_("“%(amount)s” is no possible amount; spending is not negative.") % {"amount": amount})
    return Cost(first, source.lower(), campaign, to_minor(value, currency))
