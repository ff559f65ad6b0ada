"""The copy that a person gets holds every personal field: each is given a canary, and each canary has to be found."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import transaction

from shuke.cdp.attributes.models import Attribute, Change, Statement
from shuke.cdp.attributes.testing import attribute
from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import consents
from shuke.cdp.customers.actions.consents import Statement as Said
from shuke.cdp.customers.models import ContactReveal, Relation
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import testing as order_testing
from shuke.cdp.orders.actions.parts import sealed_as
from shuke.cdp.orders.models import Adjustment, Order, OrderPayment, Shipment
from shuke.cdp.privacy import actions, queries
from shuke.cdp.privacy.models import PrivacyRequest
from shuke.crm.team.models import Entry, Task
from shuke.insight.voice import testing as voice_testing
from shuke.insight.voice.actions import TextRecord
from shuke.platform.crypto.sealing import seal
from shuke.platform.jobs.testing import run_queued
from shuke.platform.manifest import personal_data

# Personal fields whose canary is an ordinary text: written into the person's row, and searched for as it is.
TEXTS = {
    "customers.Customer.name", "customers.Customer.region", "customers.Customer.city", "customers.NameWord.word",
    "customers.ContactReveal.reason", "customers.Relation.note", "orders.Order.city", "orders.Order.region",
    "orders.Order.cancel_reason", "orders.Adjustment.description", "privacy.PrivacyRequest.note",
    "privacy.PrivacyRequest.refusal", "team.Entry.note",
}  # fmt: skip
# What needs a seal, a type or a door of its own: how it is written, given the field and the world.
BY_HAND = {
    "customers.Customer.birthday", "customers.Identity.value", "customers.ContactPoint.sealed",
    "customers.ConsentRecord.evidence", "orders.OrderPayment.reference", "orders.Shipment.tracking",
    "attributes.Statement.text", "attributes.Statement.number", "attributes.Statement.day", "attributes.Statement.items",
    "attributes.Statement.sealed", "attributes.Change.before", "attributes.Change.after", "attributes.Change.sealed",
    "team.Entry.reasons", "team.Task.text", "voice.Text.sealed",
}  # fmt: skip
# Fields that say nothing a person could read, or say again what the copy shows elsewhere; and why.
NOT_SHOWN = {
    "customers.Customer.name_key": "the name, for sorting",
    "customers.ContactPoint.blind_index": "keyed hash of the address",
    "customers.ContactPoint.mailbox_index": "keyed hash of the address",
    "customers.ContactPoint.tail_index": "keyed hash of the address",
    "customers.ConsentRecord.address_index": "keyed hash of the address",
    "customers.ConsentState.address_index": "keyed hash of the address",
    "customers.Suppression.address_index": "keyed hash of the address",
    "customers.ConsentRecord.evidence_digest": "hash", "customers.ConsentRecord.previous_hash": "hash",
    "customers.ConsentRecord.hash": "hash", "customers.ConsentRecord.idempotency_key": "hash",
    "customers.CustomerMerge.kept": "who they were before a merge, of both people: needed to undo it, shown as merges",
    "customers.SavedView.query": "what a colleague searched for: shown to nobody else, removed by an erasure",
    "quality.MatchKey.key": "keyed hash", "quality.CrowdedKey.key": "keyed hash", "quality.MatchModel.rates": "shares",
    "quality.Flag.hint": "a guess of ours; the flaw itself is shown",
    "quality.FixedValue.images": "shown as corrections: quality/tests/test_mending.py",
    "imports.BeforeImage.before": "the person's rows as they were, until an import can no longer be undone",
    "imports.BeforeImage.after_hash": "hash",
    "orders.Order.content_hash": "hash", "orders.Refund.content_hash": "hash", "orders.Adjustment.content_hash": "hash",
    "orders.Checkout.token": "a key of the shop's cart, which says nothing of its own",
    "privacy.Archive.token_digest": "hash",
    "ingest.Inbox.sealed": "shown as received: ingest/tests/test_pipeline.py",
    "ingest.DeadLetter.sealed": "shown as put aside: ingest/tests/test_pipeline.py",
    "ingest.DeadLetter.subjects": "keyed hashes",
    "integrations.Delivery.sealed": "shown as deliveries: integrations/tests/test_hooks.py",
    "integrations.Delivery.subjects": "keyed hashes",
    "voice.Text.mark": "keyed digest",
    "audiences.Shared.mark": "keyed digest", "audiences.Shared.sealed": "the hashed address; to whom it went is shown",
    "channels.OutboxMessage.sealed": "shown as messages of the outbox: channels/tests/test_sending.py",
    "channels.OutboxMessage.subjects": "keyed hashes",
    "channels.OnsiteMessage.sealed": "shown as messages in the shop: channels/tests/test_onsite.py",
    "channels.OnsiteMessage.mark": "keyed hash",
    "channels.Receipt.sealed": "shown as receipts: channels/tests/test_sending.py",
    "channels.Receipt.subjects": "keyed hashes",
    "messaging.Message.address_index": "keyed hash of the address",
    "messaging.Message.context": "shown as messages: crm/messaging/tests/test_people.py",
    "journeys.Run.context": "shown as journeys: journeys/journeys/tests/test_running.py",
    "messaging.Message.detail": "shown as messages: crm/messaging/tests/test_people.py",
}  # fmt: skip


def test_every_personal_field_has_a_canary_or_a_reason() -> None:
    treated = {field for holder in personal_data() for field in holder.fields}

    assert sorted(treated - TEXTS - BY_HAND - NOT_SHOWN.keys()) == []
    assert sorted((TEXTS | BY_HAND | NOT_SHOWN.keys()) - treated) == []
    assert len(TEXTS) + len(BY_HAND) + len(NOT_SHOWN) == len(treated)


@pytest.fixture(autouse=True)
def own_journal(settings, tmp_path):
    """A journal of this test alone."""
    settings.SHUKE_HOME = tmp_path


@pytest.fixture
def told(company, actor, now) -> dict[str, str]:
    """A person with a canary in every personal field; returns what to look for, by field."""
    found: dict[str, str] = {}

    def canary(field: str) -> str:
        found[field] = f"zyx-{len(found)}-{field.rpartition('.')[2]}"
        return found[field]

    shop = order_testing.shop(now=now)
    ada = testing.customer(external_id=canary("customers.Identity.value"), name="Ada Lovelace", shop=shop.code,
                           email=f"{canary('customers.ContactPoint.sealed')}@shop.example")  # fmt: skip
    other = testing.customer(external_id="other", shop=shop.code)
    by = Provenance("test", "system:test", now)
    order_testing.recorded(
        shop, order_testing.order("N1", customer=found["customers.Identity.value"], at=now),
        order_testing.adjustment("A1", at=now), now=now,
    )  # fmt: skip
    Adjustment.objects.update(customer=ada)
    with transaction.atomic():
        evidence = {"form": canary("customers.ConsentRecord.evidence")}
        address = f"{found['customers.ContactPoint.sealed']}@shop.example"
        consents.record([Said("email", address, "marketing", "confirmed", "web_form", now, evidence=evidence)], by=by)
    ContactReveal.objects.create(customer=ada, contact_id=1, channel="email", staff="staff:1", revealed_at=now)
    Relation.objects.create(customer=ada, other=other, kind="referrer", created_at=now, created_by="staff:1")
    order = Order.objects.get()
    OrderPayment.objects.create(
        order=order, reference=seal(canary("orders.OrderPayment.reference"), context=sealed_as("reference"))
    )
    Shipment.objects.create(
        order=order, tracking=seal(canary("orders.Shipment.tracking"), context=sealed_as("tracking"))
    )
    _attributes(ada, canary, found, now)
    Entry.objects.create(
        uuid=uuid4(), day=now.date(), customer=ada, arm="call", reason="churn", listed_at=now,
        reasons=[canary("team.Entry.reasons")],
    )  # fmt: skip
    Task.objects.create(
        uuid=uuid4(),
        key="k",
        customer=ada,
        text=canary("team.Task.text"),
        due_on=now.date(),
        asked_by="staff:1",
        asked_at=now,
    )
    voice_testing.taken([
        TextRecord("r1", body=canary("voice.Text.sealed"), written_at=now, customer_id=ada.pk)
    ])  # fmt: skip
    request = actions.receive("export", ada.pk, received_at=now, by=actor, now=now, note="please")
    actions.check_identity(request, method="reply", by=actor, now=now)
    type(ada).objects.filter(pk=ada.pk).update(birthday=date(1987, 10, 29))
    found["customers.Customer.birthday"] = "1987-10-29"
    for field in sorted(TEXTS):
        model, _, column = field.rpartition(".")
        rows = apps.get_model(model)._default_manager
        if model == "customers.NameWord":
            rows.create(customer=ada, word=canary(field))
            continue
        theirs = rows.filter(pk=ada.pk) if model == "customers.Customer" else rows.filter(customer=ada)
        assert theirs.update(**{column: canary(field)}) == 1, field
    return found


def _attributes(ada: Any, canary: Callable[[str], str], found: dict[str, str], now: Any) -> None:
    from shuke.cdp.attributes.queries.sealing import CHANGE, STATEMENT, closed

    kinds = {"text": "text", "number": "number", "day": "date", "items": "list", "sealed": "text"}
    for column, kind in kinds.items():
        of: Attribute = attribute(f"a_{column}", kind, is_personal=column == "sealed")
        field = f"attributes.Statement.{column}"
        value: Any = canary(field)
        if column == "number":
            value, found[field] = 734501.25, "734501.25"
        elif column == "day":
            value, found[field] = date(1931, 8, 17), "1931-08-17"
        elif column == "items":
            value = [value]
        elif column == "sealed":
            value = closed(value, context=STATEMENT)
        Statement.objects.create(
            customer=ada, attribute=of, source="staff", said_at=now, is_current=True, **{column: value}
        )
    plain, secret = Attribute.objects.get(code="a_text"), Attribute.objects.get(code="a_sealed")
    common = {"customer": ada, "source": "staff", "actor": "staff:1", "at": now - timedelta(days=1)}
    Change.objects.create(
        attribute=plain, before=canary("attributes.Change.before"), after=canary("attributes.Change.after"), **common
    )
    sealed = closed([canary("attributes.Change.sealed"), "x"], context=CHANGE)
    Change.objects.create(attribute=secret, sealed=sealed, **common)


@pytest.mark.django_db(transaction=True)
def test_the_copy_of_a_person_holds_every_personal_field(told, actor, now):
    request = PrivacyRequest.objects.get()
    actions.carry_out(request, by=actor, now=now)
    run_queued(now=now)
    archive = queries.archive_of(PrivacyRequest.objects.get())
    content = actions.fetch(actions.issue_link(archive, by=actor, now=now), now=now)
    packed = zipfile.ZipFile(io.BytesIO(content))
    told_json = json.dumps(json.loads(packed.read("data.json")), ensure_ascii=False)
    page = packed.read("index.html").decode()

    assert sorted(told) == sorted(TEXTS | BY_HAND)
    assert [field for field, canary in told.items() if canary not in told_json] == []
    dates = {"1987-10-29": "1987", "1931-08-17": "1931", "734501.25": "734"}
    assert [field for field, canary in told.items() if dates.get(canary, canary) not in page] == []
