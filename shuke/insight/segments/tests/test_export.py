"""Exports: formula-safe, only what the person may see, written into the audit log."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from shuke.insight.segments.queries import exporting
from shuke.insight.segments.testing import segment
from shuke.platform.audit.models import AuditEntry


@pytest.fixture
def buyers(shop):
    return segment(is_computed=True)


def sent(client, buyers, **said):
    return client.post(f"/segments/{buyers.uuid}/export/", {"format": "csv", **said})


def test_a_csv_holds_the_members_and_no_formula(buyers, marketer, client_of, ada, bob):
    response = sent(client_of(marketer), buyers, columns=["id", "name", "email", "phone", "country"])

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert response.headers["Content-Disposition"] == 'attachment; filename="Buyers-2024-06-15.csv"'
    assert rows == [
        ["Customer id", "Name", "E-mail", "Phone", "Country"],
        [str(ada.uuid), "Ada Lovelace", "ada@example.com", "", "United Kingdom"],
        [str(bob.uuid), "'=Bob", "", "'+447700900123", "France"],
    ]


def test_a_workbook_holds_texts_as_texts(buyers, marketer, client_of, bob):
    response = sent(client_of(marketer), buyers, format="xlsx", columns=["name", "country"])

    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    assert book.get_sheet_by_index(0).to_python()[2] == ["=Bob", "France"]


def test_every_export_is_audited_with_its_count(buyers, marketer, client_of):
    sent(client_of(marketer), buyers, columns=["id", "email"])

    entry = AuditEntry.objects.get(verb="segments.exported")
    assert entry.actor == f"staff:{marketer.pk}"
    assert entry.summary == {"members": 2, "format": "csv", "columns": ["id", "email"], "contacts": True}


@pytest.mark.parametrize("role", ["analyst", "agent", "finance"])
def test_who_may_not_export_gets_nothing(buyers, role, request, client_of):
    response = sent(client_of(request.getfixturevalue(role)), buyers)

    assert response.status_code == 403
    assert not AuditEntry.objects.filter(verb="segments.exported").exists()


def test_contacts_stay_inside_for_those_who_do_not_see_them(buyers):
    from shuke.insight.segments.queries.exporting import columns_for

    codes = [column.code for column in columns_for(["id", "name", "email", "net"], sees_contacts=False)]

    assert codes == ["id", "net"]


def test_an_unknown_column_is_refused(buyers, marketer, client_of):
    response = sent(client_of(marketer), buyers, columns=["password"])

    assert response.status_code == 302
    assert not AuditEntry.objects.filter(verb="segments.exported").exists()


def test_reading_members_takes_the_same_queries_for_few_and_many(buyers, company, django_assert_max_num_queries):
    from shuke.insight.segments import queries
    from shuke.insight.segments.queries import exporting

    with django_assert_max_num_queries(6):
        rows = list(exporting.rows(buyers, queries.listed_ids(buyers), exporting.COLUMNS, currency="GBP"))

    assert len(rows) == 2


def test_attributes_are_columns_and_encrypted_ones_only_for_some(shop, ada, bob, now):
    from shuke.cdp.attributes.testing import attribute, says

    attribute("tier", "choice", choices=("gold",))
    attribute("credit", "money")
    attribute("nickname", is_personal=True)
    says(ada, tier="gold", credit=1250, nickname="Countess")
    buyers = segment(is_computed=True)
    codes = ["id", "attribute.tier", "attribute.credit", "attribute.nickname"]

    for sees, expected in ((True, ["gold", 12.5, "Countess"]), (False, ["gold", 12.5])):
        columns = exporting.columns_for(codes, sees_contacts=sees)
        rows = list(exporting.rows(buyers, [ada.pk, bob.pk], columns, currency="GBP"))
        assert sorted(map(str, rows[0][1:])) == sorted(map(str, expected))
        assert rows[1][1:] == [None] * len(expected)
