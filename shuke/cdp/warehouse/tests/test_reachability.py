"""Permission in the warehouse: the same after a load as after a rebuild, and without an address."""

from django.db import transaction

from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import consents, suppressing
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.events.actions import Provenance
from shuke.cdp.warehouse import queries
from shuke.cdp.warehouse.testing import load


def rows() -> list[tuple[object, ...]]:
    found = queries.execute(queries.table("reachability")).to_pylist()
    return sorted(
        (row["customer_id"], row["channel"], row["purpose"], row["state"], row["is_suppressed"]) for row in found
    )


def test_permission_follows_the_log_and_a_rebuild_changes_nothing(company, warehouse, now):
    by = Provenance("test", "system:test", now)
    ada = testing.customer(email="ada@shop.example", phone="13812345678")
    bob = testing.customer(email="bob@shop.example")
    form = {"form": "newsletter"}
    with transaction.atomic():
        consents.record(
            [
                Statement("email", "ada@shop.example", "marketing", "confirmed", "web_form", now, evidence=form),
                Statement("sms", "13812345678", "survey", "granted", "web_form", now, evidence=form),
            ],
            by=by,
        )
    load()
    suppressing.suppress("email", "bob@shop.example", scope="marketing", reason="complaint", by=by)
    load()

    assert rows() == [
        (ada.pk, "call", "marketing", "", False), (ada.pk, "email", "marketing", "confirmed", False),
        (ada.pk, "sms", "marketing", "", False), (ada.pk, "sms", "survey", "granted", False),
        (bob.pk, "email", "marketing", "", True),
    ]  # fmt: skip
    before = rows()
    warehouse.rebuild(now=now)
    assert rows() == before
