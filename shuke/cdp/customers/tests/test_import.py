"""Files of customers: read, written, told twice, taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import importing as customer_files
from shuke.cdp.customers.actions import tags
from shuke.cdp.customers.models import ConsentRecord, ContactPoint, Customer, CustomerTag, Identity
from shuke.cdp.customers.queries import contacts_of
from shuke.cdp.events.models import Event
from shuke.platform.imports import actions as importing
from shuke.platform.imports import errors
from shuke.platform.imports import queries as imports
from shuke.platform.imports.actions import files
from shuke.platform.imports.models import BeforeImage, Import, ImportState
from shuke.platform.imports.progress import Silent
from shuke.platform.staff.actor import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
HEADER = "customer id,name,email,phone,city,country,birthday,tags"
ROWS = (
    'c1,Ada Lovelace,Ada@Willow.example,020 7946 0958,London,GB,1960-12-10,"VIP, maths"',
    "c2,张三,zhang@willow.example,13812345678,上海,CN,1990/5/4,VIP",
    "c3,Bob,,,Leeds,GB,,",
)
SHOPIFY = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n"
    "'7210448301122,Ada,Lovelace,ada@willow.example,yes,,10 High Street,,London,ENG,GB,'SW1A 1AA,,'+442079460958,no,12.50,2,,no,VIP\n"
    "'7210448301123,,,bob@willow.example,no,,,,,,,,,,no,0,0,,no,\n"
)


@pytest.fixture(autouse=True)
def _here(company, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path


def csv_of(*rows: str, header: str = HEADER) -> bytes:
    return ("\n".join([header, *(rows or ROWS)]) + "\n").encode()


def start(content: bytes, now, **said) -> Import:
    said = {"file_name": "customers.csv", "shop_name": "Willow", **said}
    return importing.start_import([content], kind="customers", by=Actor.cli(), now=now, **said)


def run(content: bytes, now, **said) -> Import:
    made = importing.run_import(start(content, now, **said).pk, Silent(), now=now)
    assert made.state == ImportState.DONE, made.report
    return made


def undone(made: Import, now, **said) -> Import:
    importing.begin_undo(made, by=Actor.cli(), now=now, **said)
    return importing.run_undo(made.pk, Silent(), now=now)


def counts(made: Import, which: str = "applied") -> dict[str, int]:
    return {name: count for name, count in made.report[which]["customer"].items() if count}


def refusals(made: Import) -> list[tuple[int, str, str, str]]:
    return [(row.row, row.column, row.value, row.code) for row in imports.refused_rows(made)]


def everything() -> list[object]:
    people = Customer.objects.order_by("name").values_list("name", "city", "country", "birthday", "first_seen_at")
    tagged = CustomerTag.objects.order_by("tag__name", "customer__name").values_list("tag__name", "customer__name")
    keys = Identity.objects.order_by("type", "value").values_list("type", "namespace", "value", "customer__name")
    contacts = contacts_of(Customer.objects.values_list("pk", flat=True)).values()
    return [list(people), list(tagged), list(keys), sorted((c.channel, c.value) for held in contacts for c in held)]


def test_brings_in_people_with_their_addresses_and_tags(now):
    made = run(csv_of(), now)

    assert counts(made) == {"created": 3}
    ada = Customer.objects.get(name="Ada Lovelace")
    assert (ada.city, ada.country, ada.birthday, ada.import_id) == ("London", "GB", date(1960, 12, 10), made.pk)
    assert everything()[3] == [
        ("email", "ada@willow.example"), ("email", "zhang@willow.example"), ("phone", "+442079460958"), ("phone", "+8613812345678"),
    ]  # fmt: skip
    assert everything()[1] == [("VIP", "Ada Lovelace"), ("VIP", "张三"), ("maths", "Ada Lovelace")]
    assert set(Event.objects.values_list("name", "historical", "import_id")) == {
        ("customer.created", True, made.pk), ("customer.tagged", True, made.pk),
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_reads_chinese_exports_of_members(now, encoding):
    header = "姓名,手机号,性别,生日,成为客户时间,会员卡号,标签,省份,城市"
    rows = '张三,="13812345678",女,1990年5月4日,2023-01-02 10:00:00,\tM-1,老客；VIP,广东省,深圳市'

    made = run(f"{header}\n{rows}\n".encode(encoding), now)

    assert made.mapping["preset"] == "youzan-members"
    found = Customer.objects.get()
    assert (found.name, found.city, found.birthday) == ("张三", "深圳市", date(1990, 5, 4))
    assert found.first_seen_at == datetime(2023, 1, 2, 2, 0, tzinfo=UTC)
    assert set(Identity.objects.values_list("type", flat=True)) == {"member_card", "phone"}
    assert set(CustomerTag.objects.values_list("tag__name", flat=True)) == {"老客", "VIP"}


def test_reads_what_shopify_writes_and_takes_no_permission_without_evidence(now):
    made = run(SHOPIFY.encode(), now)

    assert made.mapping["preset"] == "shopify-customers"
    assert counts(made) == {"created": 2}
    assert set(Identity.objects.filter(type="external_id").values_list("value", flat=True)) == {
        "7210448301122", "7210448301123",
    }  # fmt: skip
    assert Customer.objects.get(name="Ada Lovelace").city == "London"
    assert ("address", "10 High Street, SW1A 1AA") in everything()[3]
    assert made.report["notes"]["consents_without_evidence"] == {"count": 1, "row": 2}
    assert not ConsentRecord.objects.exists()


def test_takes_permissions_with_evidence_and_every_end_of_one(now):
    header = "email,accepts marketing,consent date,consent evidence"
    made = run(
        csv_of(
            "ada@willow.example,yes,2024-01-02,newsletter form 7", "bob@willow.example,unsubscribed,,", header=header
        ),
        now,
    )

    assert counts(made)["consents"] == 2
    assert set(ConsentRecord.objects.values_list("channel", "purpose", "action", "method")) == {
        ("email", "marketing", "granted", "import"), ("email", "marketing", "withdrawn", "import"),
    }  # fmt: skip
    again = run(csv_of("ada@willow.example,yes,2024-01-02,newsletter form 7", header=header), now)
    assert counts(again) == {"unchanged": 1}


def test_a_second_import_changes_nothing(now):
    run(csv_of(), now)
    before, told = everything(), Event.objects.count()

    made = run(csv_of(), now + timedelta(days=1))

    assert counts(made) == {"unchanged": 3}
    assert (everything(), Event.objects.count()) == (before, told)
    assert not BeforeImage.objects.filter(file_import=made).exists()


def test_corrects_what_is_known_or_only_fills_gaps(now):
    run(csv_of(), now)
    changed = csv_of("c1,Ada King,,,Bath,,,", "c3,,bob@willow.example,,,,,")

    filled = run(changed, now, mapping={"columns": _columns(), "existing": "fill"})
    assert counts(filled) == {"replaced": 1, "unchanged": 1}
    assert Customer.objects.filter(name="Ada Lovelace", city="London").exists()

    corrected = run(changed, now, mapping={"columns": _columns()})
    assert counts(corrected) == {"replaced": 1, "unchanged": 1}
    assert Customer.objects.get(city="Bath").name == "Ada King"


def _columns() -> dict[str, str]:
    return {"external_id": "customer id", "name": "name", "email": "email", "phone": "phone", "city": "city"}


def test_a_dry_run_says_what_the_import_does_and_stores_nothing(now, monkeypatch):
    monkeypatch.setattr(customer_files, "_ROWS_AT_ONCE", 1)
    run(csv_of(ROWS[0]), now)
    before, told = everything(), Event.objects.count()
    content = csv_of(ROWS[0].replace("London", "Bath"), *ROWS[1:], ROWS[1])

    made = importing.run_check(start(content, now, dry_run=True).pk, Silent(), now=now)

    assert counts(made, "expected") == {"created": 2, "replaced": 1, "unchanged": 1}
    assert (everything(), Event.objects.count()) == (before, told)
    importing.start(made, by=Actor.cli(), now=now)
    assert counts(importing.run_import(made.pk, Silent(), now=now)) == counts(made, "expected")


def test_two_people_in_one_row_are_refused_naming_both(now):
    run(csv_of("c1,Ada,,,,,,", header=HEADER), now)
    zoe = testing.customer(email="zoe@willow.example", now=now)
    made = run(csv_of("c1,Ada,zoe@willow.example,,Bath,,,", "c9,Eve,,,,,,"), now)

    ada = Identity.objects.get(value="c1").customer
    assert counts(made) == {"created": 1, "refused": 1}
    assert refusals(made) == [(2, "email", "", "two_people")]
    facts = next(imports.refused_rows(made)).facts
    assert (facts["first"], facts["second"]) == (str(ada.uuid), str(zoe.uuid))
    assert Customer.objects.filter(city="Bath").count() == 0


def test_a_family_shares_an_address_and_stays_two(now):
    rows = ("c1,Ada,home@willow.example,,,,,", "c2,Ben,home@willow.example,,,,,")

    first, again = run(csv_of(*rows), now), run(csv_of(*rows), now)

    assert counts(first) == {"created": 2}
    assert counts(again) == {"unchanged": 2}
    assert ContactPoint.objects.count() == 2


@pytest.mark.parametrize(
    ("row", "refused", "created"),
    [
        (",Nobody,,,London,,,", [(2, "customer id", "", "nobody")], 0),
        ("c1,Ada,not an address,,,,,", [(2, "email", "not an address", "bad_email")], 1),
        ("c1,Ada,,12,,,,", [(2, "phone", "12", "bad_phone")], 1),
        ("c1,Ada,,,,,31/31/1999,", [(2, "birthday", "31/31/1999", "impossible_date")], 1),
        ("c1,Ada,,,,,someday,", [(2, "birthday", "someday", "not_a_date")], 1),
        ("7.21E+12,Ada,ada@willow.example,,,,,", [(2, "customer id", "7.21E+12", "shortened_number")], 1),
        ("c1,Ada,,,,,,,extra", [(2, "", "", "too_many_cells")], 0),
        (",Ada,138****5678@x,138****5678,,,,", [(2, "customer id", "", "nobody")], 0),
    ],
)
def test_what_cannot_be_read_stays_out_with_its_reason_and_the_rest_goes_in(now, row, refused, created):
    made = run(csv_of(row, "c7,Zoe,,,,,,"), now)

    assert refusals(made) == refused
    assert counts(made)["created"] == created + 1


def test_a_file_needs_a_column_that_recognises_people(now):
    with pytest.raises(errors.InvalidMapping):
        start(csv_of("Ada,London", header="name,city"), now)

    assert not Import.objects.exists()


def test_what_nobody_sees_twice_is_remembered(now):
    header = "Kennung,Wohnort"
    mapping = {"columns": {"external_id": "Kennung", "city": "Wohnort"}}
    run(csv_of("c1,Bonn", header=header), now, mapping=mapping)

    made = run(csv_of("c2,Köln", header=header), now)

    assert made.mapping["columns"] == mapping["columns"]


def test_an_undo_gives_back_what_was(now):
    run(csv_of(ROWS[0]), now)
    before, people = everything(), Customer.objects.count()
    made = run(csv_of(ROWS[0].replace("Ada Lovelace", "Ada King").replace("maths", "poetry"), *ROWS[1:]), now)
    assert Customer.objects.count() == people + 2

    undone(made, now)

    assert everything() == before
    assert not Event.objects.filter(import_id=made.pk).exists()
    assert not BeforeImage.objects.filter(file_import=made).exists()


def test_an_undo_refuses_and_lists_whom_somebody_changed_since(now):
    made = run(csv_of(), now)
    Customer.objects.filter(name="Bob").update(city="York")

    with pytest.raises(errors.ChangedSince) as refusal:
        importing.begin_undo(made, by=Actor.cli(), now=now)
    assert refusal.value.facts["count"] == 1


def test_whoever_has_become_more_stays_when_an_import_is_undone(now, actor):
    made = run(csv_of(), now)
    bob = Customer.objects.get(name="Bob")
    tags.tag([bob.pk], "met in person", by=actor, now=now)

    made = undone(made, now)

    assert list(Customer.objects.values_list("name", flat=True)) == ["Bob"]
    assert made.report["undo"]["customers_kept"] == 1


@pytest.mark.parametrize("fail_after", [1, 2, 3])
def test_a_killed_import_goes_on_with_the_same_result(now, monkeypatch, fail_after):
    monkeypatch.setattr(customer_files, "_ROWS_AT_ONCE", 1)

    class Dies(Silent):
        left = fail_after

        def progress(self, done, total, note=""):
            if note == "Writing customers":
                self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt

    made = start(csv_of(*ROWS, "c1,Ada,zoe@willow.example,,,,,", ROWS[0]), now)
    testing.customer(email="zoe@willow.example", now=now)
    with pytest.raises(KeyboardInterrupt):
        importing.run_import(made.pk, Dies(), now=now)

    made = importing.run_import(made.pk, Silent(), now=now)

    assert counts(made) == {"created": 3, "unchanged": 1, "refused": 1}
    assert [row[3] for row in refusals(made)] == ["two_people"]
    assert Event.objects.filter(name="customer.created", import_id=made.pk).count() == 3


def test_nothing_of_a_finished_import_lies_about_in_clear(now, tmp_path):
    made = start(csv_of(), now)
    made = importing.run_import(made.pk, Silent(), now=now)

    assert not files.source(made.uuid).exists()
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ada@willow.example" not in left.lower()


def test_the_number_of_queries_does_not_grow_with_the_file(now):
    def asked(rows: int, prefix: str) -> int:
        lines = [
            f"{prefix}{n},Name {n},{prefix}{n}@willow.example,07700 9{n:05},City,GB,1990-01-01,VIP" for n in range(rows)
        ]
        made = start(csv_of(*lines), now)
        with CaptureQueriesContext(connection) as queries:
            importing.run_import(made.pk, Silent(), now=now)
        return len(queries)

    asked(3, "w")  # the first import makes the tag

    assert asked(60, "a") == asked(300, "b")
