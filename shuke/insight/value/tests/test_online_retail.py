"""Scores of a real shop's customers against the same scores computed by polars straight from the file."""

from datetime import date

import polars as pl
import pytest

from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse.testing import schema_of
from shuke.insight.value.engine.standing import median_gap, standing
from shuke.insight.value.rules import QUANTILES, ValueSettings
from tests.data import real_data

AS_OF = date(2011, 12, 9)
pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def lines():
    found = pl.read_csv(real_data("online_retail/online_retail.csv.gz"), infer_schema=False)
    found = found.rename({name: name.strip().lower().replace(" ", "") for name in found.columns})
    return found.with_columns(
        customer=pl.col("customerid").cast(pl.Float64).cast(pl.Int64),
        day=pl.col("invoicedate").str.slice(0, 10).str.to_date("%Y-%m-%d"),
        # Amounts are exact: prices have at most three decimals.
        minor=((pl.col("quantity").cast(pl.Decimal(18, 0)) * pl.col("unitprice").cast(pl.Decimal(18, 4))) * 1000)
        .cast(pl.Float64).round().cast(pl.Int64)
        .map_elements(lambda mills: (abs(mills) + 5) // 10 * (1 if mills >= 0 else -1), return_dtype=pl.Int64),
    )  # fmt: skip


@pytest.fixture(scope="module")
def facts(lines):
    """One row per invoice: sales, and returns whose numbers begin with C."""
    known = lines.filter(pl.col("customer").is_not_null(), ~pl.col("invoiceno").str.starts_with("A"))
    invoices = known.group_by("invoiceno").agg(
        pl.col("customer").first(), pl.col("day").min(), pl.col("minor").sum(), pl.col("minor").first().alias("any")
    )
    is_return = pl.col("invoiceno").str.starts_with("C")
    return invoices.filter(~is_return), invoices.filter(is_return)


def by_polars(sales, returns):
    buyers = sales.group_by("customer").agg(
        f=pl.len().cast(pl.Int64), gross=pl.col("minor").sum(), last=pl.col("day").max()
    )
    back = returns.group_by("customer").agg(back=pl.col("minor").sum())
    people = buyers.join(back, on="customer", how="left").with_columns(
        r=(pl.lit(AS_OF) - pl.col("last")).dt.total_days(), m=pl.col("gross") + pl.col("back").fill_null(0)
    )

    def score(letter):
        limits = [people[letter].quantile(share, interpolation="linear") for share in QUANTILES]
        return 1 + sum((pl.col(letter) > limit).cast(pl.Int64) for limit in limits)

    scored = people.select("customer", "m", r_score=6 - score("r"), f_score=score("f"), m_score=score("m"))
    return {
        row["customer"]: (row["r_score"], row["f_score"], row["m_score"], row["m"])
        for row in scored.iter_rows(named=True)
    }


def test_scores_agree_for_every_buyer(warehouse, facts):
    sales, returns = facts
    with warehouse_queries.store().batch() as batch:
        batch.append("orders", as_rows("orders", sales, order_id="id", placed_on="day", gross_minor="minor"))
        batch.append("refunds", as_rows("refunds", returns, refund_id="id", refunded_on="day", amount_minor="minor"))

    expression = standing(warehouse_queries.table, ValueSettings(), as_of=AS_OF, gap_days=30, with_prospects=False)
    found = {
        row["customer_id"]: (row["r"], row["f"], row["m"], row["net_minor"])
        for row in warehouse_queries.rows(expression)
    }

    assert len(found) == 4339
    assert found == by_polars(sales, returns)


def test_the_usual_gap_agrees(warehouse, facts):
    sales, _returns = facts
    with warehouse_queries.store().batch() as batch:
        batch.append("orders", as_rows("orders", sales, order_id="id", placed_on="day", gross_minor="minor"))

    found = warehouse_queries.scalar(median_gap(warehouse_queries.table, AS_OF))

    days = sales.select("customer", "day").unique().sort("customer", "day")
    gaps = days.with_columns(gap=pl.col("day").diff().over("customer").dt.total_days())["gap"].drop_nulls()
    assert found == gaps.median()


def as_rows(name, invoices, **columns):
    """The invoices as rows of a warehouse table; refunds are positive there."""
    numbered = invoices.with_row_index("id", offset=1).with_columns(pl.col("id").cast(pl.Int64))
    if name == "refunds":
        numbered = numbered.with_columns(minor=-pl.col("minor"))
    schema = schema_of(name)
    given = {"customer_id": "customer", "base_minor": "minor", **columns}
    constant = {"status": "completed", "shop_id": 1, "currency": "GBP"}
    return numbered.select(
        [
            (pl.col(given[field.name]) if field.name in given else pl.lit(constant.get(field.name))).alias(field.name)
            for field in schema
        ]
    ).to_arrow().cast(schema)  # fmt: skip
