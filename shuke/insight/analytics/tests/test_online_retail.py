"""Figures of a real shop's two years, against polars straight from its file."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from shuke.cdp.warehouse import testing
from shuke.insight.analytics.engine.funnels import ORDER
from shuke.insight.analytics.engine.happenings import FIRST_ORDER
from shuke.insight.analytics.queries import customers, places, retention, sales, times
from shuke.insight.analytics.queries.retention import Retention
from shuke.insight.analytics.rules import Period, Scope, Step
from tests.data import real_data

pytestmark = [pytest.mark.real_data, pytest.mark.slow]
WHOLE = Scope(Period(date(2010, 12, 1), date(2011, 12, 10)))
AUTUMN = Scope(Period(date(2011, 9, 1), date(2011, 12, 1)))


def minor(quantity: str, price: str) -> int:
    return int((Decimal(quantity) * Decimal(price) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@pytest.fixture(scope="module")
def lines():
    raw = pl.read_csv(real_data("online_retail/online_retail.csv.gz"), infer_schema=False)
    amounts = [minor(quantity, price) for quantity, price in raw.select("Quantity", "UnitPrice").iter_rows()]
    return raw.select(
        number="InvoiceNo",
        kind=pl.col("InvoiceNo").str.head(1).replace({"C": "refund", "A": "adjustment"}),
        at=pl.col("InvoiceDate").str.to_datetime(),
        customer=pl.col("CustomerID").str.replace(".0", "", literal=True).cast(pl.Int64),
        country="Country",
        amount=pl.Series(amounts),
        quantity=pl.col("Quantity").cast(pl.Float64),
    ).with_columns(kind=pl.when(pl.col("kind").is_in(["refund", "adjustment"])).then("kind").otherwise(pl.lit("sale")))


@pytest.fixture
def loaded(lines, warehouse, company):
    """The file's lines, once its invoices are in the warehouse, placed when their first line was written."""
    invoices = (
        lines.group_by("number", "kind")
        .agg(
            pl.col("at").min(), pl.col("customer").drop_nulls().first(), pl.col("country").first(),
            pl.col("amount").sum(), pl.len().alias("lines"),
        )
        .sort("at", "number").with_row_index("id", 1)
    )  # fmt: skip
    shared = {
        "shop_id": pl.lit(1, pl.Int64), "currency": pl.lit("GBP"),
        "customer_id": pl.col("customer"),
    }  # fmt: skip
    sold = invoices.filter(kind="sale").select(
        order_id=pl.col("id").cast(pl.Int64), placed_at="at", placed_on=pl.col("at").dt.date(),
        placed_hour=pl.col("at").dt.hour(), gross_minor="amount", base_minor="amount", status=pl.lit("completed"),
        city=pl.lit(""), region=pl.lit(""), number="number", country="country", **shared,
    )  # fmt: skip
    back = invoices.filter(kind="refund").select(
        refund_id=pl.col("id").cast(pl.Int64), refunded_at="at", refunded_on=pl.col("at").dt.date(),
        refunded_hour=pl.col("at").dt.hour(), amount_minor=-pl.col("amount"), base_minor=-pl.col("amount"), number="number", country="country", **shared,
    )  # fmt: skip
    entries = invoices.filter(kind="adjustment").select(
        adjustment_id=pl.col("id").cast(pl.Int64), adjusted_at="at", adjusted_on=pl.col("at").dt.date(),
        amount_minor="amount", base_minor="amount", **shared,
    )  # fmt: skip
    tables = {"orders": sold, "refunds": back, "adjustments": entries}
    testing.seed({name: frame.to_dicts() for name, frame in tables.items()})
    return lines


def test_money_and_counts_of_the_whole_file(loaded):
    whole = sales.summed(sales.takings(WHOLE), WHOLE.period)

    assert whole.gross_minor == 1_065_562_248
    assert whole.refunds_minor == 89_681_249
    assert whole.adjustments_minor == -1_106_206
    assert whole.net_minor == 974_774_793
    assert (whole.orders, whole.guest_orders, whole.refunds) == (22_061, 3_525, 3_836)
    assert sales.buyers(WHOLE).buyers == 4_339


def test_days_agree_with_the_file(loaded):
    days = sales.takings(AUTUMN)

    expected = dict(
        loaded.group_by(pl.col("at").min().over("number").dt.date().alias("day"))
        .agg(pl.col("amount").sum())
        .iter_rows()
    )
    assert {each.period.starts_on: each.net_minor for each in days if each.orders or each.refunds} == {
        day: net for day, net in expected.items() if day in AUTUMN.period
    }


def test_cohorts_agree_with_the_file(loaded):
    grid = customers.cohorts(WHOLE)

    invoices = loaded.group_by("number", "kind").agg(
        pl.col("at").min(), pl.col("customer").drop_nulls().first(), pl.col("amount").sum()
    )
    known = invoices.filter(pl.col("customer").is_not_null()).with_columns(
        month=pl.col("at").dt.truncate("1mo").dt.date()
    )
    firsts = known.filter(kind="sale").group_by("customer").agg(cohort=pl.col("month").min())
    aged = known.filter(pl.col("kind") != "adjustment").join(firsts, on="customer").with_columns(
        age=(pl.col("month").dt.year() - pl.col("cohort").dt.year()) * 12
        + (pl.col("month").dt.month().cast(pl.Int32) - pl.col("cohort").dt.month().cast(pl.Int32))
    )  # fmt: skip
    aged = aged.filter(pl.col("age") >= 0)
    people = {
        (cohort, age): count
        for cohort, age, count in aged.filter(kind="sale")
        .group_by("cohort", "age").agg(pl.col("customer").n_unique()).iter_rows()
    }  # fmt: skip
    money = {
        (cohort, age): net
        for cohort, age, net in aged.group_by("cohort", "age").agg(pl.col("amount").sum()).iter_rows()
    }
    assert [len(each.customers) for each in grid] == list(range(13, 0, -1))
    for each in grid:
        month, ages = each.month.starts_on, range(len(each.customers))
        assert each.customers == tuple(people.get((month, age), 0) for age in ages)
        assert each.net_minor == tuple(money.get((month, age), 0) for age in ages)
    assert sum(each.size for each in grid) == 4_339
    # Who came back in a later month, they did so by the report on retention too.
    asked = Retention(FIRST_ORDER, ORDER, Step.MONTH, WHOLE.period, WHOLE.period)
    lines_found = retention.lines(asked, WHOLE, ages=13, is_unbounded=False)
    assert [line.size for line in lines_found] == [each.size for each in grid]
    for line in lines_found:
        later = range(1, len(line.back))
        assert [line.back[age] for age in later] == [people.get((line.cohort.starts_on, age), 0) for age in later]


def test_new_and_returning_buyers_agree_with_the_file(loaded):
    found = sales.buyers(AUTUMN)

    sold = loaded.filter(pl.col("kind") == "sale", pl.col("customer").is_not_null())
    sold = sold.with_columns(day=pl.col("at").min().over("number").dt.date()).unique("number")
    bought = sold.filter(pl.col("day").is_between(AUTUMN.period.starts_on, AUTUMN.period.last_day))["customer"].unique()
    upto = sold.filter(pl.col("day") < AUTUMN.period.ends_on).group_by("customer").agg(
        first=pl.col("day").min(), orders=pl.len()
    ).filter(pl.col("customer").is_in(bought.implode()))  # fmt: skip
    assert found.buyers == len(bought)
    assert found.new_buyers == upto.filter(pl.col("first") >= AUTUMN.period.starts_on).height
    assert found.repeat_buyers == upto.filter(pl.col("orders") > 1).height


def test_countries_and_hours_agree_with_the_file(loaded):
    found = {each.country: (each.orders, each.net_minor) for each in places.countries(WHOLE)}
    grid = times.week(WHOLE)

    invoices = loaded.filter(pl.col("kind") != "adjustment").group_by("number", "kind").agg(
        pl.col("at").min(), pl.col("country").first(), pl.col("amount").sum()
    )  # fmt: skip
    assert found == {
        country: (orders, net)
        for country, orders, net in invoices.group_by("country")
        .agg((pl.col("kind") == "sale").sum(), pl.col("amount").sum()).iter_rows()
    }  # fmt: skip
    counted = {
        (weekday - 1, hour): count
        for weekday, hour, count in invoices.filter(kind="sale")
        .group_by(weekday=pl.col("at").dt.weekday(), hour=pl.col("at").dt.hour()).len().iter_rows()
    }  # fmt: skip
    assert {(slot.weekday, slot.hour): slot.orders for day in grid for slot in day if slot.orders} == counted
