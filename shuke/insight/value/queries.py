"""Questions about what customers are worth."""

import calendar
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir
from django.core.cache import cache
from django.db.models import F, OuterRef, QuerySet, Subquery

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.value.engine.standing import costed_products, median_gap, standing
from shuke.insight.value.models import Computation, Group, Stage, Standing, StandingInterval, Tier
from shuke.insight.value.rules import GAP_WITHOUT_REPEATS_DAYS, NO_TIER, PROSPECT, TIERS, ValueSettings
from shuke.platform.company import queries as company

T = TypeVar("T")
_REMEMBERED_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class StandingNow:
    """A customer's present standing with the day it was computed for."""

    as_of: date
    orders: int
    gross_minor: int
    refunds_minor: int
    net_minor: int
    average_order_minor: int | None
    first_order_on: date | None
    last_order_on: date | None
    recency_days: int | None
    cadence_days: float | None
    r: int | None
    f: int | None
    m: int | None
    fm: int | None
    rfm_group: str
    stage: str
    tier: str
    tier_minor: int
    contribution_minor: int
    costed_minor: int

    @property
    def group_label(self) -> str:
        """Return the group's name in the reader's language."""
        return str(Group(self.rfm_group).label)

    @property
    def stage_label(self) -> str:
        """Return the stage's name in the reader's language."""
        return str(Stage(self.stage).label)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many customers something holds and what they brought, net."""

    customers: int = 0
    net_minor: int = 0

    @property
    def average_minor(self) -> int | None:
        """Return the net revenue per customer; None without customers."""
        return round(self.net_minor / self.customers) if self.customers else None


def settings() -> ValueSettings:
    """Return the company's definitions, or the usual ones."""
    return company.settings_of("value", ValueSettings)


def group_labels() -> dict[str, str]:
    """Return the name of every group code, prospects last, in the reader's language."""
    return {code: str(label) for code, label in Group.choices}


def stage_labels() -> dict[str, str]:
    """Return the name of every stage code, prospects last, in the reader's language."""
    return {code: str(label) for code, label in Stage.choices}


def tier_labels() -> dict[str, str]:
    """Return the name of every value tier from the best, none last: the company's own where it has one."""
    own = dict(zip(TIERS, settings().tier_names, strict=True))
    return {code: own.get(code) or str(label) for code, label in Tier.choices}


def computation() -> Computation | None:
    """Return the last computation; None before the first."""
    return Computation.objects.first()


def standing_of(customer_id: int) -> StandingNow | None:
    """Return a customer's standing; None if they came after the last computation."""
    return standings_of([customer_id]).get(customer_id)


def standings_of(customer_ids: Sequence[int]) -> dict[int, StandingNow]:
    """Return the standings of some customers, without those who came after the last computation; in two queries."""
    last = computation()
    if last is None:
        return {}
    return {
        found.customer_id: _now(found, last.as_of) for found in Standing.objects.filter(customer_id__in=customer_ids)
    }


def _now(found: Standing, as_of: date) -> StandingNow:
    recency = (as_of - found.last_order_on).days if found.last_order_on else None
    return StandingNow(
        as_of, found.orders, found.gross_minor, found.refunds_minor, found.net_minor, found.average_order_minor,
        found.first_order_on, found.last_order_on, recency, found.cadence_days, found.r, found.f, found.m, found.fm,
        found.rfm_group, found.stage, found.tier, found.tier_minor, found.contribution_minor, found.costed_minor,
    )  # fmt: skip


def history_of(customer_id: int) -> list[StandingInterval]:
    """Return a customer's groups and stages over time, newest first."""
    return list(StandingInterval.objects.filter(customer_id=customer_id).order_by("-valid_from"))


# -- sets of customers, in the warehouse


def gap_days(rules: ValueSettings, as_of: date) -> float:
    """Return the usual days between two purchases: as set, else the customers' median, else a cautious guess."""
    if rules.gap_days is not None:
        return rules.gap_days
    measured = remembered(f"gap:{as_of}", lambda: warehouse.scalar(median_gap(warehouse.table, as_of)))
    return float(measured) if measured else GAP_WITHOUT_REPEATS_DAYS


def people(*, as_of: date | None = None, shop_id: int | None = None, rules: ValueSettings | None = None) -> ir.Table:
    """Return the standing of customers as an expression in the columns of ``value_standing``.

    Without arguments it is the table of the last computation; otherwise the buyers are scored anew as of a day, within
    one shop, or under other definitions.
    """
    if as_of is None and shop_id is None and rules is None:
        return warehouse.table("value_standing")
    day = as_of or _last_day()
    chosen = rules or settings()
    return standing(
        warehouse.table, chosen, as_of=day, gap_days=gap_days(chosen, day), shop_id=shop_id, with_prospects=False,
        with_costs=knows_costs(),
    )  # fmt: skip


def knows_costs() -> bool:
    """Whether it is known of any product what it costs."""
    return bool(remembered("costs", lambda: warehouse.scalar(costed_products(warehouse.table))))


def coverage(found: ir.Table) -> float | None:
    """Return the share of the gross revenue of an expression for which it is known what the goods cost; None without any."""
    summed = found.aggregate(costed=_whole(found.costed_minor), gross=_whole(found.gross_minor))
    (row,) = warehouse.rows(summed)
    return row["costed"] / row["gross"] if row["gross"] > 0 else None


def _last_day() -> date:
    last = computation()
    return last.as_of if last else warehouse.data_until() or date.min


def cells(found: ir.Table, column: str) -> dict[tuple[int, int], Tally]:
    """Return the customers of every (R, ``column``), where ``column`` is fm, f or m."""
    buyers = found.filter(found.r.notnull())
    tallied = buyers.group_by("r", column).aggregate(**_tally(buyers))
    return {(row["r"], row[column]): Tally(row["customers"], row["net"]) for row in warehouse.rows(tallied)}


def tallies(found: ir.Table, column: str) -> dict[str, Tally]:
    """Return the customers of every group (``rfm_group``) or stage (``stage``) that has any."""
    tallied = found.group_by(column).aggregate(**_tally(found))
    return {row[column]: Tally(row["customers"], row["net"]) for row in warehouse.rows(tallied)}


def _tally(found: ir.Table) -> dict[str, ir.Value]:
    return {"customers": found.count(), "net": found.net_minor.sum().fill_null(0).cast("int64")}


def bin_ranges(found: ir.Table) -> dict[str, dict[int, tuple[int, int]]]:
    """Return, for R, F and M, the smallest and the greatest value of each score that occurs."""
    worth = found.contribution_minor if settings().worth == "contribution" else found.net_minor
    values = {"r": found.recency_days, "f": found.orders, "m": worth}
    buyers = found.filter(found.r.notnull())
    parts = [
        buyers.group_by(score=buyers[letter]).aggregate(
            letter=ibis.literal(letter),
            low=buyers[value.get_name()].min().cast("int64"),
            high=buyers[value.get_name()].max().cast("int64"),
        )
        for letter, value in values.items()
    ]
    ranges: dict[str, dict[int, tuple[int, int]]] = {"r": {}, "f": {}, "m": {}}
    for row in warehouse.rows(ibis.union(*parts)):
        ranges[row["letter"]][row["score"]] = (row["low"], row["high"])
    return ranges


def migration(
    start: date, end: date, *, shop_id: int | None = None, column: str = "rfm_group"
) -> dict[tuple[str, str], int]:
    """Return how many buyers of ``end`` stood in which group (or ``tier``) at ``start`` and at ``end``.

    Who had not bought yet at ``start`` comes from ``prospect``.
    """
    moved = _moves(start, end, shop_id, column)
    counted = moved.group_by("was", "now").aggregate(customers=moved.count())
    key = f"migration:{column}:{start}:{end}:{shop_id}"
    found = remembered(key, lambda: warehouse.rows(counted))
    return {(row["was"], row["now"]): row["customers"] for row in found}


def movers(
    start: date,
    end: date,
    was: str,
    now: str,
    *,
    shop_id: int | None = None,
    column: str = "rfm_group",
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Return the customers behind one cell of the migration, the most valuable first."""
    moved = _moves(start, end, shop_id, column)
    kept = moved.filter(moved.was == was, moved.now == now)
    return warehouse.rows(kept.order_by(ibis.desc("net_minor"), "customer_id").limit(limit))


def _moves(start: date, end: date, shop_id: int | None, column: str) -> ir.Table:
    before, after = people(as_of=start, shop_id=shop_id), people(as_of=end, shop_id=shop_id)
    joined = after.left_join(before.select("customer_id", was=column), "customer_id")
    return joined.select(
        "customer_id", "net_minor", "orders", "last_order_on", "rfm_group",
        now=joined[column], was=joined.was.fill_null(PROSPECT),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TierNow:
    """The customers of a value tier: what they brought in its period, and how they are."""

    customers: int = 0
    tier_minor: int = 0
    least_minor: int = 0
    orders: int = 0
    gross_minor: int = 0
    refunds_minor: int = 0
    leaving: int = 0
    # The middle one of those who could rise: what they lack to reach the tier above.
    lacking_minor: int | None = None


def tiers(found: ir.Table) -> dict[str, TierNow]:
    """Return every value tier among the buyers of an expression, from the best, none last."""
    buyers = found.filter(found.orders > 0)
    summed = buyers.group_by("tier").aggregate(
        customers=buyers.count(), tier_minor=_whole(buyers.tier_minor), least_minor=buyers.tier_minor.min(),
        orders=_whole(buyers.orders), gross_minor=_whole(buyers.gross_minor), refunds_minor=_whole(buyers.refunds_minor),
        leaving=buyers.stage.isin(("at_risk", "dormant")).sum().fill_null(0).cast("int64"),
        middle=buyers.tier_minor.cast("float64").quantile(0.5),
    )  # fmt: skip
    rows = {row.pop("tier"): row for row in warehouse.rows(summed)}
    known: dict[str, TierNow] = {}
    above: int | None = None
    for code in (*TIERS, NO_TIER):
        row = rows.get(code)
        if row is None:
            known[code] = TierNow()
            continue
        middle = row.pop("middle")
        lacking = None if above is None or code == NO_TIER else max(0, round(above - middle))
        known[code] = TierNow(**row, lacking_minor=lacking)
        above = row["least_minor"]
    return known


def _whole(amount: ir.IntegerColumn) -> ir.IntegerScalar:
    return amount.sum().fill_null(0).cast("int64")


def profitability(found: ir.Table, *, worst: bool, limit: int = 200) -> list[dict[str, Any]]:
    """Return buyers by what they brought net of what they sent back and what the goods cost, the best or the worst first."""
    buyers = found.filter(found.orders > 0)
    worth = buyers.contribution_minor
    order = worth.asc() if worst else worth.desc()
    chosen = buyers.select(
        "customer_id", "orders", "gross_minor", "refunds_minor", "net_minor", "contribution_minor", "costed_minor", "tier",
        "rfm_group", "last_order_on", returned=buyers.refunds_minor.cast("float64") / buyers.gross_minor.nullif(0),
    )  # fmt: skip
    return warehouse.rows(chosen.order_by(order, "customer_id").limit(limit))


def group_sizes(days: Sequence[date], *, shop_id: int | None = None) -> dict[date, dict[str, int]]:
    """Return the size of every group on each of ``days``, scored with what was known that day."""
    parts = []
    for day in days:
        found = people(as_of=day, shop_id=shop_id)
        parts.append(found.group_by("as_of", "rfm_group").aggregate(customers=found.count()))
    key = f"sizes:{','.join(map(str, days))}:{shop_id}"
    sizes: dict[date, dict[str, int]] = {day: {} for day in days}
    for row in remembered(key, lambda: warehouse.rows(ibis.union(*parts))) if parts else []:
        sizes[row["as_of"]][row["rfm_group"]] = row["customers"]
    return sizes


def members(
    found: ir.Table, *, r: int | None, column: str, score: int | None, limit: int = 200
) -> list[dict[str, Any]]:
    """Return the customers of a cell of an expression, the most valuable first."""
    kept = found.filter(found.r.notnull())
    if r is not None:
        kept = kept.filter(kept.r == r)
    if score is not None:
        kept = kept.filter(kept[column] == score)
    chosen = kept.select("customer_id", "net_minor", "orders", "last_order_on", "rfm_group")
    return warehouse.rows(chosen.order_by(ibis.desc("net_minor"), "customer_id").limit(limit))


def spread(found: ir.Table, edges: Sequence[int]) -> list[Tally]:
    """Return the buyers between the rising ``edges`` of net revenue: below the first, between each two, from the last."""
    buyers = found.filter(found.r.notnull())
    bucket = ibis.cases(*((buyers.net_minor < edge, index) for index, edge in enumerate(edges)), else_=len(edges))
    tallied = buyers.mutate(bucket=bucket.cast("int32"))
    counted = tallied.group_by("bucket").aggregate(**_tally(tallied))
    by_bucket = {row["bucket"]: Tally(row["customers"], row["net"]) for row in warehouse.rows(counted)}
    return [by_bucket.get(index, Tally()) for index in range(len(edges) + 1)]


def usual_span(found: ir.Table) -> tuple[int, int]:
    """Return the net revenue below which a twentieth of the buyers lie, and above which another twentieth does."""
    net = found.net_minor.cast("float64")
    spans = found.filter(found.r.notnull()).aggregate(low=net.quantile(0.05), high=net.quantile(0.95))
    (row,) = warehouse.rows(spans)
    return int(row["low"] or 0), int(row["high"] or 0)


def shares_by_tenth(found: ir.Table) -> list[Tally]:
    """Return the buyers in ten equal parts by net revenue, the most valuable tenth first."""
    buyers = found.filter(found.r.notnull())
    order = [ibis.desc(buyers.net_minor), buyers.customer_id]
    tenths = buyers.mutate(tenth=ibis.ntile(10).over(order_by=order).cast("int32"))
    counted = tenths.group_by("tenth").aggregate(**_tally(tenths))
    by_tenth = {row["tenth"]: Tally(row["customers"], row["net"]) for row in warehouse.rows(counted)}
    return [by_tenth[tenth] for tenth in sorted(by_tenth)]


def month_ends(until: date, months: int) -> list[date]:
    """Return the last days of the ``months`` months before ``until``, then ``until`` itself, oldest first.

    >>> month_ends(date(2024, 3, 10), 2)
    [datetime.date(2024, 1, 31), datetime.date(2024, 2, 29), datetime.date(2024, 3, 10)]
    """
    ends = [until]
    for _ in range(months):
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends[::-1]


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def remembered(key: str, ask: Callable[[], T]) -> T:
    """Return what ``ask`` returned last time, as long as neither the warehouse nor the definitions changed."""
    said = f"{warehouse.version()}|{settings().model_dump_json()}|{key}"
    name = f"value:{hashlib.sha256(said.encode()).hexdigest()}"
    kept: T | None = cache.get(name)
    if kept is None:
        kept = ask()
        cache.set(name, kept, _REMEMBERED_SECONDS)
    return kept


def standings() -> QuerySet[Standing]:
    """Return all standings, for lists of customers that add their own conditions."""
    return Standing.objects.all()


@dataclass(frozen=True, slots=True)
class Fall:
    """A customer whose value tier became worse on a day."""

    customer_id: int
    was: str
    now: str
    on: date


def tier_falls(since: date, *, was: Sequence[str], limit: int) -> list[Fall]:
    """Return whose value tier fell from one of some since a day and is still worse than it was, the richest first."""
    before = StandingInterval.objects.filter(customer=OuterRef("customer"), valid_to=OuterRef("valid_from"))
    moved = (
        StandingInterval.objects.filter(valid_from__gte=since)
        .annotate(was=Subquery(before.values("tier")[:1]), held=F("customer__standing__tier"))
        .filter(was__in=was).exclude(was=F("held")).exclude(was=F("tier"))
        .order_by("-customer__standing__net_minor", "customer_id", "-valid_from")
    )  # fmt: skip
    falls: dict[int, Fall] = {}
    order = list(Tier.values)
    for customer_id, tier, held, on in moved.values_list("customer_id", "was", "held", "valid_from")[: limit * 2]:
        if held and order.index(held) > order.index(tier):
            falls.setdefault(customer_id, Fall(customer_id, tier, held, on))
    return list(falls.values())[:limit]
