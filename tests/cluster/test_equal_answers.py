"""What the embedded engine answers, the cluster answers too: RFM, segments, the cohort grid."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shuke.cdp.warehouse import actions, queries
from shuke.cdp.warehouse.engine.duckdb import DuckStore
from shuke.cdp.warehouse.engine.stores import Store, Ticket
from shuke.cdp.warehouse.errors import QueryCancelled, QueryFailed
from shuke.insight.analytics.engine import (
    acquisition,
    paths,
    performance,
    places,
    prices,
    retention,
    returns,
    searches,
    times,
)
from shuke.insight.analytics.engine.funnels import ORDER
from shuke.insight.analytics.engine.happenings import FIRST_ORDER
from shuke.insight.analytics.engine.paths import Ways
from shuke.insight.analytics.engine.retention import Retention
from shuke.insight.analytics.queries import customers as reports
from shuke.insight.analytics.rules import Period, Scope, Step
from shuke.insight.segments import queries as segments
from shuke.insight.value import queries as value
from shuke.insight.value.engine.standing import median_gap, standing
from shuke.insight.value.rules import ValueSettings
from tests.cluster.worlds import AS_OF, tables

RULES = [
    {"all": []},
    {"all": [{"field": "customer.country", "op": "is", "value": ["中国", "Côte d'Ivoire"]}]},
    {"all": [{"field": "customer.country", "op": "contains", "value": "d'I"}]},
    {"any": [{"field": "value.group", "op": "is", "value": ["champions", "loyal"]},
             {"field": "value.r", "op": "at_least", "value": 4}]},
    {"none": [{"orders": "count", "op": "at_least", "value": 3}]},
    {"all": [{"orders": "net", "op": "more_than", "value": 9000, "period": {"last_days": 365}}]},
    {"all": [{"orders": "average", "op": "between", "value": [1000, 4000]},
             {"any": [{"orders": "count", "op": "at_least", "value": 1, "where": {"category": ["tea"]}},
                      {"field": "customer.birth_month", "op": "is", "value": [5, 12]}]}]},
    {"all": [{"orders": "last", "op": "within", "value": {"before_days": 60}},
             {"event": "order.placed", "op": "at_least", "value": 2}]},
    {"all": [{"event": "order.placed", "op": "did_not", "period": {"last_days": 200}},
             {"field": "value.stage", "op": "is_not", "value": ["lost", "prospect"]}]},
    {"all": [{"orders": "count", "op": "at_least", "value": 1, "where": {"refunded": True}}]},
    {"all": [{"sequence": [{"order": "placed"}, {"event": "order.placed", "within": {"days": 200}}], "op": "did"}]},
    {"all": [{"sequence": [{"event": "order.placed"}], "op": "did", "without": {"order": "placed", "within": {"days": 10}}}]},
    {"all": [{"event": "order.placed", "measure": "sum", "of": "gross_minor", "op": "at_least", "value": 0,
              "where": {"properties": [{"name": "nothing", "op": "is_unknown"}]}}]},
    {"all": [{"orders": "share", "op": "at_least", "value": 50, "where": {"weekday": [1, 2, 3, 4]}}]},
    {"all": [{"orders": "months", "op": "at_least", "value": 2}, {"orders": "categories", "op": "at_least", "value": 1}]},
    {"none": [{"orders": "count", "op": "at_least", "value": 1, "period": {"since": {"order": "first"}, "days": 90}}]},
    {"any": [{"field": "value.first_order", "op": "anniversary", "value": {"previous": "quarter"}},
             {"split": "spring", "op": "between", "value": [1, 50]}]},
    {"all": [{"reach": "email", "op": "may_not"}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def engines(open_lake: Callable[[Path], Store], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Store]]:
    folder = tmp_path_factory.mktemp("engines")
    found: dict[str, Store] = {
        "duckdb": DuckStore(folder / "one.duckdb", memory_limit="512MB"),
        "spark": open_lake(folder / "lake"),
    }
    world = tables()
    for store in found.values():
        with store.batch() as batch:
            for name, rows in world.items():
                batch.append(name, rows)
        former = queries.bind(store)
        actions.store(
            "value_standing", standing(queries.table, ValueSettings(), as_of=AS_OF, gap_days=41.5, with_costs=True)
        )
        queries.bind(former)
    yield found
    found["duckdb"].close()


@pytest.fixture
def asked_of_each(engines: dict[str, Store], company: Any) -> Iterator[Callable[[Callable[[], Any]], list[Any]]]:
    """Ask the same question of each engine and return the answers."""

    def ask(question: Callable[[], Any]) -> list[Any]:
        answers = []
        for store in engines.values():
            queries.bind(store)
            answers.append(question())
        return answers

    former = queries.bind(None)
    yield ask
    queries.bind(former)


def test_the_tables_are_equal(asked_of_each):
    embedded, spread = asked_of_each(queries.table_counts)

    assert spread == embedded
    assert embedded["orders"] == 900


@pytest.mark.parametrize(
    ("settings", "shop"),
    [(ValueSettings(), None), (ValueSettings(bins="limits"), 2)],
    ids=["quintiles", "limits, one shop"],
)
def test_rfm(asked_of_each, settings, shop):
    expression = standing(queries.table, settings, as_of=AS_OF, gap_days=41.5, shop_id=shop, with_costs=True).order_by(
        "customer_id"
    )

    embedded, spread = asked_of_each(lambda: queries.rows(expression))

    assert spread == embedded
    assert len({row["rfm_group"] for row in embedded}) > 5


def test_the_usual_gap(asked_of_each):
    embedded, spread = asked_of_each(lambda: queries.scalar(median_gap(queries.table, AS_OF)))

    assert spread == embedded > 0


def test_standings_that_the_workers_stored(asked_of_each):
    embedded, spread = asked_of_each(lambda: queries.rows(queries.table("value_standing").order_by("customer_id")))

    assert len(embedded) == 150
    assert spread == embedded


def test_groups_and_movement(asked_of_each):
    embedded, spread = asked_of_each(
        lambda: (
            value.cells(value.people(), "fm"),
            value.bin_ranges(value.people()),
            value.tallies(value.people(), "stage"),
            value.spread(value.people(), [1000, 10_000]),
            value.shares_by_tenth(value.people()),
            value.usual_span(value.people()),
        )
    )

    assert spread == embedded


@pytest.mark.parametrize("rule", RULES, ids=range(len(RULES)))
def test_segments(asked_of_each, rule):
    embedded, spread = asked_of_each(lambda: sorted(segments.matching_ids(rule, as_of=AS_OF)))

    assert spread == embedded
    assert embedded


def test_the_cohort_grid(asked_of_each):
    period = Period(AS_OF.replace(year=2023, month=7, day=1), AS_OF.replace(month=7, day=1))

    embedded, spread = asked_of_each(lambda: reports.cohorts(Scope(period)))

    assert spread == embedded
    assert len(embedded) == 12


def test_reports(asked_of_each):
    year = Period(AS_OF.replace(year=2023, month=1, day=1), AS_OF.replace(month=7, day=1))
    scope = Scope(year, shop_id=1)
    coming_back = (
        Retention("Product Viewed", ORDER, Step.MONTH, year, year), Retention(FIRST_ORDER, ORDER, Step.WEEK, year, year, is_rolling=True),
    )  # fmt: skip
    made = [
        *(make(queries.table, asked, Scope(year)) for asked in coming_back
          for make in (retention.cells, retention.lasting, retention.sizes)),
        *(paths.ways(queries.table, asked, Scope(year), limit=500)
          for asked in (Ways("Product Viewed", with_pages=True), Ways(ORDER, is_after=False, hours=240))),
        times.visits(queries.table, Scope(year)), searches.terms(queries.table, Scope(year)), searches.counts(queries.table, Scope(year)),
        *(make(queries.table, one) for one in (Scope(year), scope) for make in (performance.categories, returns.figures, returns.delays)),
        performance.products(queries.table, Scope(year), order="net_minor", limit=50), returns.repeated(queries.table, Scope(year)),
        prices.quantiles(queries.table, Scope(year), 5),
        *(make(queries.table, scope, (500, 1500)) for make in (prices.bands, prices.typical)),
        acquisition.channels(queries.table, Scope(year), touch="first", with_campaigns=True),
        acquisition.earnings(queries.table, Scope(year), touch="first", months=12),
        places.days(queries.table, Scope(year), by_region=False),
    ]  # fmt: skip

    embedded, spread = asked_of_each(lambda: [queries.rows(expression) for expression in made])

    for expression, here, there in zip(made, embedded, spread, strict=True):
        assert there == here, expression.columns
        assert here, expression.columns


def test_a_wrong_query_is_refused_alone(asked_of_each, engines):
    with pytest.raises(QueryFailed):
        engines["spark"].query("SELECT nothing FROM nowhere", timeout=300)

    assert engines["spark"].query("SELECT count(*) AS n FROM orders", timeout=300).to_pylist() == [{"n": 900}]


def test_a_query_can_be_called_off(engines):
    import threading

    ticket = Ticket()
    threading.Timer(2, ticket.cancel).start()
    endless = "SELECT count(*) AS n FROM range(1000000000000) WHERE (id * id) % 7 = 3"

    with pytest.raises(QueryCancelled):
        engines["spark"].query(endless, timeout=60, ticket=ticket)

    assert engines["spark"].query("SELECT count(*) AS n FROM orders", timeout=300).to_pylist() == [{"n": 900}]
