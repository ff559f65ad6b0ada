"""A page of customers and how many there are, at a cost that does not grow with the company.

Two plans, because no index serves every filter in every order. A filter that few customers pass leads: its ids are
collected and sorted. If every filter lets many through, the index of the sort leads, and customers are tested one after
the other until the page is full, which is soon. Databases choose between such plans from statistics; SQLite's are too
coarse for it, so we look how many each filter lets through (counting up to a limit) and say which plan we mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Func, QuerySet
from django.http import HttpRequest
from typing_extensions import override

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.platform.http.keyset import KeysetPage, paginate
from shuke.web import customer_filters
from shuke.web.customer_filters import SORTS, Filters, Narrowing

# Beyond this many, a list says "more than" instead of counting on.
EXACT_UP_TO = 10_000
# How many customers a filter may let through and still lead.
LEADS_UP_TO = 20_000
# How many customers a count looks at when every filter lets many through.
LOOKED_AT = 50_000
_COUNT_KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Total:
    """How many customers a list holds: ``count`` exactly, or more than that, or about as many."""

    count: int
    is_exact: bool = True
    is_about: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of customers, each with their standing, and how many there are in all."""

    page: KeysetPage[Customer]
    total: Total


class Unindexed(Func):
    """A column as it is, by which SQLite shall not look anything up: its documented unary plus."""

    template = "%(expressions)s"

    @override
    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Write the column with a plus; SQLite alone allows it before text."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)


def listing(filters: Filters, request: HttpRequest, *, sees_contacts: bool, zone: str, per_page: int) -> Listing:
    """Return the page that ``request`` asks for."""
    narrowings = customer_filters.narrowings(filters, sees_contacts=sees_contacts, zone=zone)
    sizes = [_size(narrowing.ids) for narrowing in narrowings]
    smallest = min(sizes, default=None)
    if smallest is not None and smallest <= LEADS_UP_TO:
        found = _led_by(narrowings[sizes.index(smallest)], narrowings)
        found, keys = _sorted(found, filters.sort, by_index=False)
        total = Total(smallest if _is_telling(narrowings, filters.sort) else found.order_by().values("pk").count())
    else:
        sort = filters.sort.removeprefix("-")
        found = customers.customers()
        for narrowing in narrowings:
            found = found.filter(narrowing.direct if narrowing.sorted_with == sort else narrowing.test)
        found, keys = _sorted(found, filters.sort, by_index=True)
        total = _many(narrowings)
    shown = paginate(found.select_related("standing"), request, keys=keys, per_page=per_page)
    return Listing(shown, total)


def _is_telling(narrowings: Sequence[Narrowing], sort: str) -> bool:
    """Whether the size of the leading filter is the number of customers in the list."""
    return len(narrowings) == 1 and not narrowings[0].is_repeating and sort.removeprefix("-") == "first_seen"


def _size(ids: QuerySet[Any, Any]) -> int:
    """How many rows a filter lets through, counted just far enough."""
    return ids.order_by()[: LEADS_UP_TO + 1].count()


def _led_by(leader: Narrowing, narrowings: Sequence[Narrowing]) -> QuerySet[Customer]:
    found = customers.customers().filter(pk__in=leader.ids.order_by())
    for narrowing in narrowings:
        if narrowing is not leader:
            found = found.filter(narrowing.test)
    return found


def _sorted(found: QuerySet[Customer], sort: str, *, by_index: bool) -> tuple[QuerySet[Customer], tuple[str, str]]:
    """Return customers with the keys to page by.

    Sorting by worth leaves out who has none: customers without a standing, or without an order for the last order.
    """
    sign, column = "-" if sort.startswith("-") else "", SORTS[sort.removeprefix("-")]
    key = "pk"
    if column.startswith("standing__"):
        found, key = found.filter(**{f"{column}__isnull": False}), "standing__customer_id"
    elif by_index:
        return found, (f"{sign}{column}", f"{sign}id")
    sort_key: Any = F(column) if by_index else Unindexed(F(column))
    return found.annotate(sort_key=sort_key, sort_id=F(key)), (f"{sign}sort_key", f"{sign}sort_id")


def _many(narrowings: Sequence[Narrowing]) -> Total:
    """How many pass filters that each let many through.

    All customers together are counted now and then and remembered. One filter alone is known to be passed by more than
    the limit. Of several, we look at some customers and conclude.
    """
    everybody = cache.get_or_set("web.customers.count", customers.count, _COUNT_KEPT_SECONDS) or 0
    if not narrowings:
        return Total(everybody)
    if len(narrowings) == 1:
        return Total(EXACT_UP_TO, is_exact=False)
    some = customers.customers().order_by("-pk")[:LOOKED_AT].values("pk")
    tested = customers.customers().filter(pk__in=some)
    for narrowing in narrowings:
        tested = tested.filter(narrowing.test)
    passing = tested.aggregate(n=Count("pk"))["n"]
    if everybody <= LOOKED_AT:
        return Total(passing)
    if passing > EXACT_UP_TO:
        return Total(EXACT_UP_TO, is_exact=False)
    return Total(round(passing * everybody / LOOKED_AT), is_exact=False, is_about=True)
