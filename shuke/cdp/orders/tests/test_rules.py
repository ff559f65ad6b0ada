"""Reading values, columns and groups: what holds for anything people write."""
# ruff: noqa: DTZ001  cells of files carry no zone

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.cdp.orders.rules import columns, facts, guessing, mapping, presets
from shuke.cdp.orders.rules.deciding import Decider
from shuke.cdp.orders.rules.facts import Fact, Line
from shuke.cdp.orders.rules.mapping import BY_COLUMN, BY_PREFIX, Mapping
from shuke.platform.imports.rules import headers as names
from shuke.platform.imports.rules import moments, values
from shuke.platform.imports.rules.refusals import Refused

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=3, allow_nan=False)
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
MOMENTS = st.datetimes(datetime(1980, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


@given(AMOUNTS, st.sampled_from(["{:f}", "{:,f}", " {:f} ", "¥{:f}", "£{:,f}", "\t{:f}", "'{:f}", "{:f}元"]))
def test_amounts_read_as_what_they_say(amount, form):
    assert values.number(form.format(amount)) == amount


@given(AMOUNTS)
def test_a_decimal_comma_reads_like_a_point(amount):
    written = f"{amount:,f}".translate(str.maketrans(",.", ".,"))

    assert values.number(written, mark=",") == amount


@given(WORDS)
def test_any_text_is_an_amount_or_refused(text):
    try:
        found = values.number(text)
    except Refused:
        return
    assert found is None or isinstance(found, Decimal)


@given(WORDS)
def test_any_text_is_a_moment_or_refused(text):
    try:
        found = moments.moment(text, zone=ZoneInfo("Asia/Shanghai"))
    except Refused:
        return
    assert found is None or found.tzinfo is UTC


@given(MOMENTS, st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%d/%m/%Y %H:%M:%S",
                                 "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d%H%M%S", "%d %B %Y %H:%M:%S", "%B %d, %Y %I:%M:%S %p"]))  # fmt: skip
def test_moments_read_as_what_they_say(at, form):
    assert moments.moment(at.strftime(form), zone=ZoneInfo("UTC")) == at


@given(MOMENTS.filter(lambda at: at.year < 2079))
def test_spreadsheet_serials_read_as_moments(at):
    serial = (at.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)

    assert moments.moment(f"{serial:.8f}", zone=ZoneInfo("UTC")) == at


@pytest.mark.parametrize(("order", "month"), [("dmy", 4), ("mdy", 3)])
def test_day_and_month_follow_the_files_choice(order, month):
    assert moments.moment("03/04/2024", zone=ZoneInfo("UTC"), order=order).month == month


def test_times_without_an_offset_are_the_shops():
    assert moments.moment("2024-07-01 08:00", zone=ZoneInfo("Asia/Shanghai")) == datetime(2024, 7, 1, tzinfo=UTC)


@given(st.integers(0, 10**15))
def test_ids_lose_what_a_spreadsheet_added(number):
    assert (
        values.reference(f"{number}.0")
        == values.reference(f'="{number}"')
        == values.reference(f"\t'{number}")
        == str(number)
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"],
         {"number": "InvoiceNo", "product": "StockCode", "title": "Description", "quantity": "Quantity", "placed_at": "InvoiceDate",
          "unit_price": "UnitPrice", "customer_id": "CustomerID", "country": "Country"}),
        (["Name", "Email", "Financial Status", "Created at", "Currency", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku"],
         {"number": "Name", "email": "Email", "payment_status": "Financial Status", "placed_at": "Created at", "currency": "Currency",
          "quantity": "Lineitem quantity", "title": "Lineitem name", "unit_price": "Lineitem price", "sku": "Lineitem sku"}),
        (["订单号", "商品ID", "商品名称", "订购数量", "下单时间", "京东价", "订单金额", "订单状态", "下单帐号", "客户姓名", "联系电话"],
         {"number": "订单号", "product": "商品ID", "title": "商品名称", "quantity": "订购数量", "placed_at": "下单时间", "unit_price": "京东价",
          "status": "订单状态", "customer_id": "下单帐号", "name": "客户姓名", "phone": "联系电话"}),
        (["Order ID", "Name", "Date", "Amount"], {"number": "Order ID", "name": "Name", "placed_at": "Date", "amount": "Amount"}),
    ],
    ids=["uci", "shopify", "jd", "plain"],
)  # fmt: skip
def test_guesses_columns(headers, expected):
    assert columns.guess(headers) == expected


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_headers_can_always_be_told_apart(headers):
    named = names.unique(headers)

    assert len(named) == len(headers)
    assert len(set(named)) == len(named) or len(set(headers)) < len(headers)


def test_a_type_column_of_products_is_no_kind_of_record():
    headers = ["order", "date", "type", "price"]

    guessed = guessing.guess(headers, [["1", "2024-01-01", "mug", "3"]], currency="GBP", time_zone="UTC")

    assert "kind" not in guessed.columns
    assert guessed.kind_by == "sign"


@given(st.sampled_from(sorted(presets.PRESETS)))
def test_mappings_survive_their_json(name):
    assert mapping.from_json(presets.PRESETS[name].as_json()) == presets.PRESETS[name]


LINES = st.builds(
    Line,
    WORDS,
    WORDS,
    WORDS,
    WORDS,
    WORDS,
    AMOUNTS.map(facts.plain),
    AMOUNTS.map(facts.plain),
    st.integers(-(10**12), 10**12),
)


@given(st.lists(LINES, max_size=5), st.dictionaries(st.sampled_from(["status", "country"]), WORDS))
def test_a_fact_is_what_its_text_says(lines, details):
    fact = Fact("order", "1", "2024-01-01T00:00:00+00:00", "GBP", 1, lines, None, details)
    text = fact.text()

    again = facts.read(text)

    assert again.text() == text
    assert (again.kind, again.details, len(again.lines)) == ("order", details, len(lines))
    assert [line.amount_minor for line in again.lines] == [line.amount_minor for line in lines]


HEADERS = ["no", "at", "who", "item", "n", "price", "kind", "refund"]
PLAIN = Mapping(
    columns={
        "number": "no",
        "placed_at": "at",
        "customer_id": "who",
        "product": "item",
        "quantity": "n",
        "unit_price": "price",
    },
    currency="GBP",
)


def decided(*rows: str, given: Mapping = PLAIN):
    decider = Decider(given, HEADERS)
    numbered = [(place, [*row.split(","), *[""] * 8][:8]) for place, row in enumerate(rows, 2)]
    return {key: decider.decide(run) for key, run in decider.runs(numbered)}


@given(st.lists(st.tuples(st.integers(-20, 20), st.decimals(0, 99, places=3)), min_size=1, max_size=20))
def test_an_orders_amount_is_the_sum_of_its_rounded_lines(lines):
    [decision] = decided(*[f"1,2024-01-01,ada,mug,{n},{price}" for n, price in lines]).values()

    total = sum(facts.line_amount(Decimal(n), price, "GBP") for n, price in lines)
    assert decision.fact.amount_minor == abs(total)
    assert decision.fact.kind == ("refund" if total < 0 else "order")
    assert sum(line.amount_minor for line in decision.fact.lines) == abs(total)


def test_prefixes_tell_refunds_and_bookkeeping_apart():
    by_prefix = Mapping(
        PLAIN.columns, kind_by=BY_PREFIX, refund_prefixes=("C",), adjustment_prefixes=("A",), currency="GBP"
    )

    found = decided("1,2024-01-01,,a,-1,2", "C1,2024-01-01,,a,-1,2", "A1,2024-01-01,,a,1,-2", given=by_prefix)

    assert [(d.fact.kind, d.fact.amount_minor) for d in found.values()] == [
        ("order", -200),
        ("refund", 200),
        ("adjustment", -200),
    ]


def test_a_row_that_leaves_its_kind_empty_goes_with_the_row_above():
    by_column = Mapping({**PLAIN.columns, "kind": "kind", "refund_number": "refund"}, kind_by=BY_COLUMN, currency="GBP")

    found = decided(
        "1,2024-01-01,ada,a,1,2,refund,R1", "1,2024-01-01,,b,1,3,,", "2,2024-01-01,,c,1,5,,", given=by_column
    )  # fmt: skip

    assert [(d.fact.kind, d.fact.number, d.fact.amount_minor) for d in found.values()] == [
        ("refund", "R1", 500),
        ("order", "2", 500),
    ]


def test_fields_of_the_order_may_stand_on_its_first_row_only():
    [decision] = decided("1,2024-01-01,ada,a,1,2", "1,,,b,1,3").values()

    assert decision.fact.person[0] == "ada"
    assert decision.fact.amount_minor == 500


def test_masked_customers_are_told_as_guests():
    [decision] = decided("1,2024-01-01,张*,a,1,2").values()

    assert decision.notes == {"masked_customers": 1, "guest_orders": 1}
