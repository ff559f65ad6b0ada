"""Files from upload to records, whatever their make; and back."""
# ruff: noqa: DTZ001  cells of spreadsheets carry no zone

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import Customer
from shuke.cdp.events.models import Event
from shuke.cdp.orders import testing
from shuke.cdp.orders.actions import importing as orders
from shuke.cdp.orders.models import Adjustment, Order, OrderLine, Refund
from shuke.cdp.orders.queries import stats, undo
from shuke.cdp.orders.tests.files import CHINESE, HEADER, ROWS, csv_of, workbook, zipped
from shuke.platform.imports import actions as importing
from shuke.platform.imports import errors
from shuke.platform.imports import queries as imports
from shuke.platform.imports.actions import files
from shuke.platform.imports.models import BeforeImage, Import, ImportState
from shuke.platform.staff.actor import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


class Watcher:
    """Progress that can stop the work, or fail, after so many reports."""

    def __init__(self, *, cancel_after: int = 10**9, fail_after: int = 10**9) -> None:
        self.reports: list[tuple[int, int, str]] = []
        self.cancel_after, self.fail_after = cancel_after, fail_after

    def progress(self, done: int, total: int, note: str = "") -> None:
        self.reports.append((done, total, note))
        if len(self.reports) > self.fail_after:
            raise KeyboardInterrupt

    def is_cancelled(self) -> bool:
        return len(self.reports) >= self.cancel_after


@pytest.fixture(autouse=True)
def _here(company, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(orders, "_MOST_RECORDS_AT_ONCE", 1)


def start(content: bytes, now, *, name: str = "orders.csv", **said) -> Import:
    return importing.start_import(
        [content], kind="orders", file_name=name, shop_name="Willow", by=Actor.cli(), now=now, **said
    )


def run(content: bytes, now, **said) -> Import:
    return importing.run_import(start(content, now, **said).pk, Watcher(), now=now)


def notes(made: Import) -> dict[str, int]:
    return {code: said["count"] for code, said in made.report["notes"].items()}


def refusals(made: Import) -> list[tuple[int, str, str, str]]:
    return [(row.row, row.column, row.value, row.code) for row in imports.refused_rows(made)]


def test_brings_in_sales_refunds_customers_and_products(now):
    made = run(csv_of(), now)

    assert made.state == ImportState.DONE
    assert made.report["applied"] == {"order": {"created": 2}, "refund": {"created": 1}, "adjustment": {}}
    assert list(Order.objects.order_by("number").values_list("number", "gross_minor", "line_count", "country")) == [
        ("1001", 1200, 2, "United Kingdom"), ("1002", 450, 1, "France"),
    ]  # fmt: skip
    refund = Refund.objects.get()
    assert (refund.number, refund.amount_minor, refund.order) == ("1003", 300, None)
    assert refund.lines.get().quantity == Decimal(1)
    assert Customer.objects.count() == 2
    assert set(Product.objects.values_list("external_id", "title")) == {("MUG", "Blue mug"), ("TEA", "Green tea")}
    assert notes(made) == {"guest_orders": 1, "refunds_naming_no_order": 1}


def test_writes_history_that_sets_off_nothing(now):
    made = run(csv_of(), now)

    assert set(Event.objects.filter(import_id=made.pk).values_list("historical", flat=True)) == {True}
    placed = Event.objects.filter(name="order.placed").order_by("occurred_at").first()
    assert placed.occurred_at == datetime(2024, 3, 1, 10, 30, tzinfo=UTC)


def test_a_second_import_changes_nothing(now):
    run(csv_of(), now)
    before = Event.objects.count()

    made = run(csv_of(), now + timedelta(days=1))

    assert made.report["applied"] == {"order": {"unchanged": 2}, "refund": {"unchanged": 1}, "adjustment": {}}
    assert Event.objects.count() == before
    assert BeforeImage.objects.filter(file_import=made).count() == 0


@pytest.mark.parametrize(
    "content",
    [
        csv_of(encoding="utf-8-sig"),
        csv_of(encoding="utf-16"),
        zipped(csv_of()),
        csv_of().replace(b",", b";"),
        csv_of().replace(b",", b"\t"),
        csv_of().replace(b",", b"|"),
        csv_of().replace(b"\n", b"\r\n"),
        b"\n\n" + csv_of() + b"\n,,,,,,,,,\n",
        workbook(HEADER.split(","), [row.split(",") for row in ROWS]),
    ],
    ids=["bom", "utf16", "gzip", "semicolon", "tab", "bar", "crlf", "blank-rows", "xlsx"],
)
def test_reads_many_makes_of_the_same_table(now, content):
    sheet = {"sheet": "Orders"} if content[:2] == b"PK" else {}
    mapping = None
    if sheet:
        proposed = {"number": "order_number", "placed_at": "order_date", "customer_id": "customer_id", "sku": "sku",
                    "title": "product_name", "quantity": "quantity", "unit_price": "unit_price", "currency": "currency"}  # fmt: skip
        mapping = {"columns": proposed, **sheet}

    made = run(content, now, mapping=mapping)

    assert made.report["records"] == {"order": 2, "refund": 1, "adjustment": 0}
    assert made.report["amounts"] == {"GBP": {"order": 1650, "refund": 300, "adjustment": 0}}
    assert made.report["refused"] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_reads_chinese_exports(now, encoding):
    made = run(CHINESE.encode(encoding), now)

    assert made.report["refused"] == 0
    assert list(Order.objects.order_by("number").values_list("number", "gross_minor", "currency")) == [
        ("9001", 9000, "CNY"), ("9002", 3000, "CNY"),
    ]  # fmt: skip
    assert set(Customer.objects.values_list("name", flat=True)) == {"张三", "李四"}


def test_spreadsheet_values_and_formulas_are_read_as_values(now):
    header = ["order_number", "order_date", "customer_id", "sku", "quantity", "unit_price"]
    rows = [
        [536365.0, datetime(2010, 12, 1, 8, 26), 17850.0, "MUG", 2, 2.55],
        [536366.0, datetime(2010, 12, 2, 8, 26), 17850.0, "TEA", 1, 0],
    ]
    columns = dict(zip(["number", "placed_at", "customer_id", "sku", "quantity", "unit_price"], header, strict=True))

    made = run(
        workbook(header, rows, formula="=F2*2"), now, name="orders.xlsx",
        mapping={"columns": columns, "currency": "GBP", "sheet": "Orders"},
    )  # fmt: skip

    assert made.report["formulas"] == 1
    assert list(Order.objects.order_by("number").values_list("number", "gross_minor")) == [
        ("536365", 510),
        ("536366", 450),
    ]
    assert Order.objects.first().placed_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"  \n \n", "empty_file"),
        (HEADER.encode() + b"\n", "header_only"),
        (b"%PDF-1.7 \x00\x01\x02", "not_a_table"),
        (bytes(range(256)) * 20, "not_a_table"),
        (b"PK\x03\x04 this is no workbook", "damaged_archive"),
        (zipped(csv_of())[:-9], "damaged_archive"),
    ],
    ids=["nothing", "blank lines", "header alone", "pdf", "noise", "no workbook", "cut gzip"],
)
def test_refuses_files_that_are_no_tables_and_keeps_nothing_of_them(now, content, code, tmp_path):
    with pytest.raises(errors.UnreadableFile) as refusal:
        start(content, now)

    assert refusal.value.facts["code"] == code
    assert Import.objects.count() == 0
    assert not list((tmp_path / "imports").glob("*"))


def test_refuses_more_than_the_limit_also_unpacked(now, settings):
    settings.SHUKE_IMPORT_MOST_BYTES = 10_000

    with pytest.raises(errors.UnreadableFile) as too_large:
        start(csv_of() * 100, now)
    with pytest.raises(errors.UnreadableFile) as bomb:
        start(zipped(csv_of(*(ROWS * 1000))), now)

    assert too_large.value.facts["code"] == bomb.value.facts["code"] == "too_large_file"


BAD_ROWS = [
    ("1,2024-03-01,ada,,MUG,Mug,2,,GBP,", "unit_price", "", "amount_missing"),
    ("1,2024-03-01,ada,,MUG,Mug,,2.50,GBP,", "quantity", "", "quantity_missing"),
    ("1,2024-03-01,ada,,MUG,Mug,two,2.50,GBP,", "quantity", "two", "not_a_number"),
    ("1,yesterday,ada,,MUG,Mug,1,2.50,GBP,", "order_date", "yesterday", "not_a_date"),
    ("1,2024-02-31,ada,,MUG,Mug,1,2.50,GBP,", "order_date", "2024-02-31", "impossible_date"),
    ("1,,ada,,MUG,Mug,1,2.50,GBP,", "order_date", "", "date_missing"),
    (",2024-03-01,ada,,MUG,Mug,1,2.50,GBP,", "order_number", "", "number_missing"),
    ("1.23E+15,2024-03-01,ada,,MUG,Mug,1,2.50,GBP,", "order_number", "1.23E+15", "shortened_number"),
    ("1,2024-03-01,ada,,MUG,Mug,1,2.50,pounds,", "currency", "pounds", "not_a_currency"),
    ("1,2024-03-01,ada,,MUG,Mug,1,=A1*2,GBP,", "unit_price", "=A1*2", "formula"),
    ("1,2024-03-01,ada,,MUG,Mug,1,2.50,GBP,UK,extra", "", "", "too_many_cells"),
    ("1,2024-03-01,ada,,MUG,Mug,1,999999999999,GBP,", "unit_price", "999999999999", "too_large"),
]


@pytest.mark.parametrize(("row", "column", "value", "code"), BAD_ROWS, ids=[case[3] for case in BAD_ROWS])
def test_a_bad_row_stays_out_with_row_column_and_reason_and_the_good_go_in(now, row, column, value, code):
    made = run(csv_of(row, *ROWS), now)

    assert refusals(made) == [(2, column, value, code)]
    assert set(Order.objects.values_list("number", flat=True)) == {"1001", "1002"}


def test_undecodable_rows_stay_out(now):
    made = run(
        csv_of(*ROWS * 50).replace(b"France", b"Fr\xe9nce", 1) + "1009,2024-03-01,é,,MUG,杯子,1,2,GBP,\n".encode(), now
    )

    assert [refusal[3] for refusal in refusals(made)] == ["undecodable"]


def test_a_bad_line_leaves_the_rest_of_its_order(now):
    made = run(csv_of(*ROWS, "1001,2024-03-01 10:30,ada,,PIN,Pin,1,x,GBP,United Kingdom"), now)

    assert refusals(made) == [(6, "unit_price", "x", "not_a_number")]
    assert Order.objects.get(number="1001").gross_minor == 1200
    assert notes(made)["partial_orders"] == 1
    assert notes(made)["scattered_records"] == 1


@pytest.mark.parametrize(
    ("row", "column", "value", "code"),
    [
        ("1001,2024-03-01 10:30,bob,,PIN,Pin,1,1,GBP,", "customer_id", "ada / bob", "two_customers"),
        ("1001,2024-03-01 10:30,ada,,PIN,Pin,1,1,EUR,", "currency", "GBP / EUR", "two_currencies"),
        ("1001,2024-06-01 10:30,ada,,PIN,Pin,1,1,GBP,", "order_date", "2024-03-01 / 2024-06-01", "two_orders"),
    ],
)
def test_one_number_for_different_orders_is_refused_naming_both_rows(now, row, column, value, code):
    made = run(csv_of(*ROWS, row), now)

    assert refusals(made) == [(2, column, value, code)]
    assert next(imports.refused_rows(made)).facts == {"other_row": 6}
    assert set(Order.objects.values_list("number", flat=True)) == {"1002"}


def test_lines_that_do_not_stand_together_make_one_order(now):
    made = run(csv_of(ROWS[0], ROWS[2], ROWS[1], ROWS[3]), now)

    assert Order.objects.get(number="1001").gross_minor == 1200
    assert notes(made)["scattered_records"] == 1
    assert made.report["lines"] == 4


def test_says_what_it_did_with_special_rows(now):
    special = [
        "1,2024-03-01 10:00,7.0,,MUG,Mug,2,0,GBP,",
        "1,2024-03-01 09:00,7.0,,MUG,Mug,-1,1.00,GBP,",
        "1,2024-03-01 10:00,7.0,,MUG,Mug,2,0,GBP,",
        "1,2024-03-01 10:00,7.0,,MUG,Mug,3,1.001,GBP,",
    ]

    made = run(csv_of(*special), now)

    assert notes(made) == {
        "free_lines": 2, "fraction_lines": 1, "negative_lines": 1, "repeated_lines": 1, "two_times": 1, "ids_normalised": 4,
    }  # fmt: skip
    order = Order.objects.get()
    assert (order.gross_minor, order.placed_at.hour, OrderLine.objects.count()) == (200, 9, 4)


def test_a_kind_column_links_refunds_to_their_sales(now):
    header = "kind,number,refund_number,placed_at,customer_id,quantity,unit_price,title"
    made = run(
        csv_of(
            "sale,1,,2024-03-01,ada,2,5.00,Mug", "refund,1,R1,2024-03-05,,1,5.00,Mug", "adjustment,A1,,2024-03-06,,1,-3.00,Bad debt",
            "voucher,9,,2024-03-06,,1,3.00,?", header=header,
        ), now, preset="generic", settings={"currency": "GBP"},
    )  # fmt: skip

    order, refund = Order.objects.get(), Refund.objects.get()
    assert (refund.order, refund.number, refund.customer, order.refunded_minor) == (order, "R1", order.customer, 500)
    assert Adjustment.objects.get().amount_minor == -300
    assert [refusal[3] for refusal in refusals(made)] == ["unknown_kind"]


SHOPIFY = "Name,Created at,Email,Lineitem name,Lineitem quantity,Lineitem price,Currency,Shipping,Taxes,Refunded Amount"
PARTLY_BACK = [
    "#1001,2024-03-01 10:30,ada@willow.example,Blue mug,2,4.50,GBP,3.95,1.20,4.50",
    "#1001,2024-03-01 10:30,,Green tea,1,3.00,,,,",
    "#1002,2024-03-02 09:00,bob@willow.example,Blue mug,1,4.50,GBP,0,0,0.00",
]


def test_an_amount_given_back_on_the_rows_of_a_sale_becomes_its_refund(now):
    made = run(csv_of(*PARTLY_BACK, header=SHOPIFY), now)

    assert made.report["applied"]["order"] == {"created": 2}
    assert notes(made)["refunds_on_orders"] == 1
    sale, refund = Order.objects.get(number="#1001"), Refund.objects.get()
    assert (refund.number, refund.order, refund.amount_minor, refund.refunded_at) == (
        "#1001-R",
        sale,
        450,
        sale.placed_at,
    )
    assert refund.customer == sale.customer
    assert (sale.gross_minor, sale.refunded_minor, sale.shipping_minor, sale.tax_minor) == (1200, 450, 395, 120)


def test_a_later_export_of_the_same_order_replaces_its_refund(now):
    run(csv_of(*PARTLY_BACK, header=SHOPIFY), now)
    again = run(csv_of(*PARTLY_BACK, header=SHOPIFY), now)
    more = run(
        csv_of(
            PARTLY_BACK[0].replace(",4.50,GBP,3.95,1.20,4.50", ",4.50,GBP,3.95,1.20,9"),
            *PARTLY_BACK[1:],
            header=SHOPIFY,
        ),
        now,
    )

    assert again.report["applied"]["refund"] == {"unchanged": 1}
    assert more.report["applied"]["refund"] == {"replaced": 1}
    assert Refund.objects.get().amount_minor == 900
    assert Order.objects.get(number="#1001").refunded_minor == 900
    undone(more, now)
    assert Order.objects.get(number="#1001").refunded_minor == 450


@pytest.mark.parametrize(
    ("amounts", "refunded"), [(("4", "4"), 400), (("4", "1.5"), 550), (("", "4"), 400), (("-4", ""), 400)]
)
def test_one_amount_repeated_counts_once_and_different_ones_are_added(now, amounts, refunded):
    """Whether the rows of the order stand together or not."""
    rows = [
        f"{number},2024-03-01,Mug,1,10,GBP,{amount}"
        for number, amount in (("1", amounts[0]), ("2", ""), ("1", amounts[1]))
    ]

    run(csv_of(*rows, header="订单编号,下单时间,商品名称,数量,单价,币种,退款金额"), now)

    assert [(refund.number, refund.amount_minor) for refund in Refund.objects.all()] == [("1-R", refunded)]


@pytest.mark.parametrize("fail_after", range(1, 5))
def test_an_import_killed_between_a_sale_and_its_refund_goes_on(now, small_chunks, fail_after):
    made = start(csv_of(*PARTLY_BACK, header=SHOPIFY), now)
    with pytest.raises(KeyboardInterrupt):
        importing.run_import(made.pk, Watcher(fail_after=fail_after), now=now)

    made = importing.run_import(made.pk, Watcher(), now=now)

    assert (made.state, Order.objects.count(), Refund.objects.get().amount_minor) == (ImportState.DONE, 2, 450)
    assert Event.objects.filter(name="order.refunded").count() == 1


def test_the_dry_run_tells_and_changes_nothing(now):
    run(csv_of(), now)
    changed = [ROWS[0].replace("4.50", "5.50"), *ROWS[1:], "1004,2024-03-04,ada,,MUG,Mug,1,4.50,GBP,"]

    made = importing.run_check(start(csv_of(*changed), now, dry_run=True).pk, Watcher(), now=now)

    assert made.state == ImportState.CHECKED
    assert made.report["expected"]["order"] == {"created": 1, "replaced": 1, "unchanged": 1}
    assert made.report["expected"]["refund"] == {"created": 0, "replaced": 0, "unchanged": 1}
    assert Order.objects.count() == 2


def test_the_file_goes_when_the_import_is_done_and_the_refusals_stay(now):
    made = run(csv_of(BAD_ROWS[0][0], *ROWS), now)

    assert not files.source(made.uuid).exists()
    assert not files.sample(made.uuid).exists()
    assert b"ada@willow.example" not in files.stage(made.uuid).read_bytes()
    assert len(refusals(made)) == 1


def test_a_killed_import_goes_on_where_it_was(now, small_chunks):
    made = start(csv_of(*ROWS, "1004,2024-03-04,ada,,MUG,Mug,1,4.50,GBP,"), now)

    with pytest.raises(KeyboardInterrupt):
        importing.run_import(made.pk, Watcher(fail_after=3), now=now)
    interrupted = Order.objects.count() + Refund.objects.count()
    finished = importing.run_import(made.pk, Watcher(), now=now)

    assert 0 < interrupted < 4
    assert finished.state == ImportState.DONE
    assert finished.report["applied"] == {"order": {"created": 3}, "refund": {"created": 1}, "adjustment": {}}
    assert Event.objects.filter(name="order.placed").count() == 3


def test_cancelling_keeps_what_was_written_and_the_rest_can_follow(now, small_chunks):
    made = start(csv_of(), now)

    stopped = importing.run_import(made.pk, Watcher(cancel_after=3), now=now)
    assert stopped.state == ImportState.CANCELLED
    written = Order.objects.count() + Refund.objects.count()
    importing.start(stopped, by=Actor.cli(), now=now)
    finished = importing.run_import(made.pk, Watcher(), now=now)

    assert 0 < written < 3
    assert finished.state == ImportState.DONE
    assert (Order.objects.count(), Refund.objects.count()) == (2, 1)


def undone(made: Import, now, **said) -> Import:
    importing.begin_undo(made, by=Actor.cli(), now=now, **said)
    return importing.run_undo(made.pk, Watcher(), now=now)


def test_an_undo_takes_everything_back(now):
    made = undone(run(csv_of(), now), now)

    assert made.state == ImportState.UNDONE
    assert (Order.objects.count(), Refund.objects.count(), Customer.objects.count(), Product.objects.count()) == (
        0,
        0,
        0,
        0,
    )
    assert not Event.objects.filter(import_id=made.pk).exists()
    told = Event.objects.filter(name="import.rows_undone")
    assert sum(len(event.properties["order_ids"]) for event in told) == 2
    assert sum(len(event.properties["customer_ids"]) for event in told) == 2


def test_an_undo_brings_back_what_was_replaced(now):
    run(csv_of(), now)
    before = list(
        Order.objects.order_by("number").values(
            "number", "gross_minor", "content_hash", "import_id", "customer_id", "changed_at"
        )
    )
    lines = list(
        OrderLine.objects.order_by("order__number", "position").values_list("title", "quantity", "amount_minor")
    )
    second = run(
        csv_of(ROWS[0].replace("4.50", "9.50"), ROWS[2], ROWS[3], "1004,2024-03-04,cat,,PIN,Pin,1,4.50,GBP,"), now
    )

    undone(second, now)

    assert list(Order.objects.order_by("number").values(*before[0])) == before
    assert (
        list(OrderLine.objects.order_by("order__number", "position").values_list("title", "quantity", "amount_minor"))
        == lines
    )
    assert Customer.objects.count() == 2
    assert stats().currencies["GBP"]["gross_minor"] == 1650


def test_an_undo_refuses_and_lists_what_was_changed_since(now):
    first = run(csv_of(), now)
    run(csv_of(ROWS[0].replace("4.50", "9.50"), *ROWS[1:]), now)

    with pytest.raises(errors.ChangedSince) as refusal:
        importing.begin_undo(first, by=Actor.cli(), now=now)

    assert refusal.value.facts["count"] == 1
    assert undo.changed_since(first).first[0][:2] == ("order", "1001")
    assert Order.objects.count() == 2


def test_an_undo_can_leave_what_was_changed_since(now):
    first = run(csv_of(), now)
    run(csv_of(ROWS[0].replace("4.50", "9.50"), *ROWS[1:]), now)

    made = undone(first, now, leave_changed=True)

    assert list(Order.objects.values_list("number", flat=True)) == ["1001"]
    assert made.report["undo"]["customers_kept"] == 1
    assert Customer.objects.count() == 1


def test_an_undo_keeps_customers_who_bought_elsewhere(now):
    made = run(csv_of(), now)
    testing.recorded(made.shop, testing.order("X1", customer="ada", at=now), now=now)

    undone(made, now)

    assert list(Customer.objects.values_list("pk", flat=True)) == [Order.objects.get().customer_id]


def test_an_interrupted_undo_goes_on(now, monkeypatch):
    from shuke.platform.imports import kinds

    monkeypatch.setattr(kinds, "_IMAGES_AT_ONCE", 1)
    made = run(csv_of(), now)
    importing.begin_undo(made, by=Actor.cli(), now=now)

    with pytest.raises(KeyboardInterrupt):
        importing.run_undo(made.pk, Watcher(fail_after=1), now=now)
    finished = importing.run_undo(made.pk, Watcher(), now=now)

    assert finished.state == ImportState.UNDONE
    assert Order.objects.count() == 0


def test_refunds_of_other_origin_wait_again_when_their_sale_is_undone(now):
    made = run(csv_of(), now)
    testing.recorded(
        made.shop, testing.refund("R9", customer="", at=now, amount_minor=100, order_number="1001"), now=now
    )

    undone(made, now)

    refund = Refund.objects.get()
    assert (refund.number, refund.order, refund.order_number) == ("R9", None, "1001")


def test_remembers_how_a_shop_writes_its_files(now):
    run(
        csv_of(),
        now,
        mapping={
            "columns": {"number": "order_number", "placed_at": "order_date", "amount": "unit_price"},
            "currency": "EUR",
        },
    )

    made = start(csv_of(*ROWS[:1]), now)

    assert made.mapping["columns"]["amount"] == "unit_price"
    assert made.mapping["currency"] == "EUR"


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"columns": {"number": "order_number"}}, "Date and time"),
        ({"columns": {"number": "nothing"}}, "nothing"),
        ({"colums": {}}, "colums"),
        ({"columns": {"price": "unit_price"}}, "price"),
        ({"columns": {}, "time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ([], "JSON object"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(now, mapping, says):
    with pytest.raises(errors.InvalidMapping, match=says):
        start(csv_of(), now, mapping=mapping)

    assert Import.objects.count() == 0


def test_refusals_are_listed_in_the_order_of_the_file(now):
    made = run(csv_of(*[row for row, *_rest in BAD_ROWS]), now)

    rows = [refusal[0] for refusal in refusals(made)]
    assert rows == sorted(rows)
    assert made.report["refused"] == len(rows)
