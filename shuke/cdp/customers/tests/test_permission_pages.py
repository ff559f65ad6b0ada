"""Consent, contact details and suppressions in the browser."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from shuke.cdp.customers import errors, testing
from shuke.cdp.customers.actions import consents, contacts, forgetting
from shuke.cdp.customers.models import ConsentRecord, ContactPoint, ContactReveal, NoticeVersion, Suppression
from shuke.cdp.customers.queries import consents as evidence
from shuke.cdp.events.actions import Provenance
from shuke.platform.audit.models import AuditEntry


@pytest.fixture
def ada(company):
    return testing.customer(email="ada@shop.example", phone="13812345678", name="Ada Lovelace")


def test_a_decision_is_noted_with_its_evidence_and_shown_with_its_chain(ada, client_of, agent):
    client, point = client_of(agent), ada.contact_points.get(channel="email")
    form = {"contact": point.pk, "channel": "email", "purpose": "marketing", "action": "granted", "method": "in_store"}

    client.post(f"/customers/{ada.uuid}/permissions/record/", form)
    assert ConsentRecord.objects.count() == 0  # without evidence
    client.post(f"/customers/{ada.uuid}/permissions/record/", form | {"proof": "Paper form 77"})
    record = ConsentRecord.objects.get()
    page = client.get(f"/customers/{ada.uuid}/permissions/").content.decode()
    opened = client.post(f"/customers/{ada.uuid}/permissions/{record.pk}/evidence/").content.decode()

    assert "whole" in page
    assert "not confirmed" in page
    assert "Paper form" not in page
    assert "ada@" not in page
    assert "Paper form 77" in opened
    assert AuditEntry.objects.filter(verb="customers.evidence_shown").count() == 1


def test_whoever_may_not_see_contacts_sees_no_digit(ada, client_of, analyst):
    page = client_of(analyst).get(f"/customers/{ada.uuid}/permissions/").content.decode()

    for secret in ("ada@", "5678", "Lovelace", "shop.example"):
        assert secret not in page


def test_contact_details_are_added_judged_and_removed_by_hand(ada, client_of, agent):
    client = client_of(agent)
    url = f"/customers/{ada.uuid}/contacts"
    client.post(f"{url}/add/", {"kind": "email", "written": "Ada@Work.Example"})
    client.post(f"{url}/add/", {"kind": "email", "written": "no address"})
    added = ContactPoint.objects.get(customer=ada, channel="email", created_at__gt=ada.created_at)
    client.post(f"{url}/{added.pk}/change/", {"status": "invalid"})
    assert ContactPoint.objects.get(pk=added.pk).status == "invalid"
    client.post(f"{url}/{added.pk}/change/", {"remove": "1"})

    assert ContactPoint.objects.filter(customer=ada).count() == 2
    assert not AuditEntry.objects.filter(summary__icontains="work.example").exists()


def test_thirty_looks_an_hour_and_then_no_more(ada, actor, now):
    point = ada.contact_points.get(channel="phone")
    for minute in range(30):
        contacts.reveal(ada.pk, point.pk, reason="delivery", by=actor, now=now + timedelta(minutes=minute))

    with pytest.raises(errors.TooManyReveals):
        contacts.reveal(ada.pk, point.pk, reason="delivery", by=actor, now=now + timedelta(minutes=30))
    assert AuditEntry.objects.filter(verb="customers.reveals_exceeded").count() == 1
    contacts.reveal(ada.pk, point.pk, reason="delivery", by=actor, now=now + timedelta(minutes=61))
    assert ContactReveal.objects.count() == 31


def test_only_the_whole_address_finds_a_suppression_and_lifting_it_says_why_not(ada, client_of, marketer, now):
    client = client_of(marketer)
    client.post("/customers/suppressions/", {"kind": "email", "address": "ada+x@shop.example", "suppress": "1"})
    block = Suppression.objects.get()

    found = client.post("/customers/suppressions/", {"kind": "email", "address": "ADA@shop.example"}).content.decode()
    part = client.post("/customers/suppressions/", {"kind": "email", "address": "ada@shop"}).content.decode()
    refused = client.post(f"/customers/suppressions/{block.pk}/lift/", follow=True).content.decode()

    assert "By a member of staff" in found
    assert "By a member of staff</td>" not in part
    assert "Only the person can end this" in refused
    later = now.replace(year=2999)
    said = consents.Statement(
        "email", "ada@shop.example", "marketing", "confirmed", "web_form", later, evidence={"form": "f"}
    )
    with transaction.atomic():
        consents.record([said], by=Provenance("test", "system:test", later))
    block.refresh_from_db()
    assert block.lifted_at == later


def test_a_notice_is_published_once_and_retired(company, client_of, owner):
    client = client_of(owner)
    form = {"name": "Newsletter", "language": "en", "purposes": ["marketing"], "text": "We write monthly."}
    client.post("/customers/notices/", form)
    notice = NoticeVersion.objects.get()
    client.post(f"/customers/notices/{notice.uuid}/retire/", {"ask_again": "1"})

    notice.refresh_from_db()
    assert notice.retired_at is not None
    assert notice.must_ask_again
    assert len(notice.sha256) == 64


def test_a_file_brings_what_it_can_prove_and_lists_the_rest(ada, client_of, marketer):
    file = SimpleUploadedFile(
        "c.csv",
        b"""channel,address,purpose,topic,action,occurred_at,evidence
email,Ada@Shop.example,marketing,,granted,2024-01-05T10:00:00Z,Sign-up form of the fair 2024
email,ada@shop.example,marketing,,granted,2024-01-05T10:00:00Z,
sms,13812345678,marketing,,withdrawn,2024-02-01T10:00:00Z,
email,a***@shop.example,marketing,,granted,2024-01-05T10:00:00Z,Form
email,ada@shop.example,service,,granted,2024-01-05,
email,ada@shop.example,service,,granted,last week,
""",
    )
    client = client_of(marketer)

    page = client.post("/customers/consents/import/", {"file": file}).content.decode()
    file.seek(0)
    again = client.post("/customers/consents/import/", {"file": file}).content.decode()

    assert "3 recorded, 0 known already" in page
    assert "0 recorded, 3 known already" in again
    for row, why in ((3, "needs evidence"), (5, "no address"), (7, "does not say when")):
        assert re.search(rf"<td class=\"numeric\">{row}</td><td>[^<]*{why}", page)
    assert ConsentRecord.objects.count() == 3


def test_whoever_is_restricted_is_written_to_for_nothing_and_the_page_says_why(ada, client_of, agent, actor, now):
    by = Provenance("test", "system:test", now)
    said = consents.Statement(
        "email", "ada@shop.example", "marketing", "confirmed", "web_form", now, evidence={"form": "newsletter"}
    )
    with transaction.atomic():
        consents.record([said], by=by)
    url, client = f"/customers/{ada.uuid}/permissions/", client_of(agent)
    assert "permitted</" in client.get(url).content.decode()

    forgetting.restrict([ada.pk], is_restricted=True, by=actor, now=now)

    shown = client.get(url).content.decode()
    found = evidence.permissions_of(ada.pk, now=now)
    assert {one.is_permitted for one in found} == {False}
    assert all("restricted" in one.reasons for one in found)
    assert "permitted</" not in shown
    assert "use of their data is restricted" in shown
    assert "marketing permitted" not in client.get(f"/customers/{ada.uuid}/").content.decode()
    forgetting.restrict([ada.pk], is_restricted=False, by=actor, now=now)
    assert "permitted</" in client.get(url).content.decode()
