"""Many writers of consent at once: one chain, whole, and nobody changes it afterwards."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from shuke.cdp.customers.actions import consents
from shuke.cdp.customers.models import ConsentRecord, ConsentState, Suppression
from shuke.cdp.customers.queries import consents as queries
from shuke.cdp.events.actions import Provenance
from shuke.platform.company import actions as company_actions

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
WRITERS, EACH = 6, 12


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_whole_chain(settings, tmp_path):
    """They speak of the same addresses, some in one transaction with others: none waits for ever, none forks the chain."""
    settings.SHUKE_HOME = tmp_path
    company_actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=NOW)
    failures: list[Exception] = []
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        try:
            start.wait(30)
            for turn in range(EACH):
                at = NOW + timedelta(minutes=turn * WRITERS + writer)
                said = [
                    consents.Statement(
                        "email", f"p{(turn + offset) % 5}@shop.example", "marketing",
                        "withdrawn" if (turn + writer) % 4 == 0 else "granted", "web_form", at, evidence={"form": "f"},
                    )
                    for offset in range(3)
                ]  # fmt: skip
                with transaction.atomic():
                    consents.record(said, by=Provenance(f"writer{writer}", "system:test", at))
        except Exception as failure:  # noqa: BLE001  shown by the test
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert failures == []
    assert queries.verify_chain() == queries.Verified(WRITERS * EACH * 3)
    previous = list(ConsentRecord.objects.order_by("pk").values_list("previous_hash", flat=True))
    assert len({bytes(one) for one in previous}) == len(previous)
    # The projection is what the records say, and no address is suppressed twice for one reason.
    assert consents.rebuild_consent_state() == 0
    assert ConsentState.objects.count() == 5
    held = list(Suppression.objects.filter(lifted_at=None).values_list("address_index", "scope", "reason"))
    assert len(held) == len({(bytes(index), scope, reason) for index, scope, reason in held})


@pytest.mark.engine
@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_consentrecord SET action = 'granted'",
        "UPDATE customers_consentrecord SET occurred_at = recorded_at, purpose = 'marketing'",
        "UPDATE customers_consentrecord SET hash = previous_hash",
        "DELETE FROM customers_consentrecord",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove_a_record(company, statement):
    with transaction.atomic():
        said = consents.Statement("email", "ada@shop.example", "marketing", "withdrawn", "web_form", NOW)
        consents.record([said], by=Provenance("test", "system:test", NOW))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert queries.verify_chain() == queries.Verified(1)
    assert ConsentRecord.objects.get().action == "withdrawn"
