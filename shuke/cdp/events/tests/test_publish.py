from datetime import datetime

import pytest
from django.db import connection, transaction

from shuke.cdp.events import actions, queries
from shuke.cdp.events.models import Event
from shuke.vocabulary.catalog import ProductsChanged

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


def _events(now: datetime, *numbers: int) -> list[actions.NewEvent]:
    by = actions.Provenance(source="test", actor="system:test", now=now)
    return [actions.NewEvent.of(ProductsChanged([n]), customer_id=n, occurred_at=now, by=by) for n in numbers]


def _publish(now: datetime, *numbers: int) -> None:
    with transaction.atomic():
        actions.publish(_events(now, *numbers))
    actions.number_committed()


def test_gives_positions_in_the_order_of_publication(now):
    _publish(now, 1, 2)
    _publish(now, 3)

    assert [(event.position, event.customer_id) for event in queries.after(0, limit=10)] == [(1, 1), (2, 2), (3, 3)]


def test_reads_on_after_a_position(now):
    _publish(now, 1, 2, 3)

    assert [event.customer_id for event in queries.after(1, limit=1)] == [2]
    assert queries.last_position() == 3


def test_keeps_the_whole_envelope(now):
    _publish(now, 7)

    event = Event.objects.get()

    assert (event.name, event.version, event.properties) == ("products.changed", 1, {"product_ids": [7]})
    assert (event.source, event.actor, event.occurred_at, event.historical) == ("test", "system:test", now, False)


@pytest.mark.django_db(transaction=True)
def test_refuses_to_publish_outside_a_transaction(now):
    with pytest.raises(RuntimeError, match="inside the transaction"):
        actions.publish(_events(now, 1))

    assert queries.count() == 0


def test_a_rolled_back_cause_leaves_no_event(now):
    with transaction.atomic():
        actions.publish(_events(now, 1))
        transaction.set_rollback(True)

    assert queries.count() == 0


def test_forgets_only_the_events_of_one_import(now):
    with transaction.atomic():
        actions.publish(
            [
                actions.NewEvent.of(
                    ProductsChanged([n]),
                    customer_id=n,
                    occurred_at=now,
                    by=actions.Provenance("test", "system:test", now, historical=True, import_id=n),
                )
                for n in (1, 2)
            ]
        )
        actions.forget_import(1)

    assert list(Event.objects.values_list("import_id", flat=True)) == [2]


def test_never_gives_a_position_twice(now):
    """Subscribers have read past the newest events; what comes after their removal must lie beyond."""
    by = actions.Provenance(source="test", actor="system:test", now=now, import_id=5)
    _publish(now, 1)
    with transaction.atomic():
        said = ProductsChanged([2])
        actions.publish([actions.NewEvent.of(said, customer_id=2, occurred_at=now, by=by) for _ in range(3)])
    actions.number_committed()
    read_until = queries.last_position()

    with transaction.atomic():
        actions.forget_import(5)
    with transaction.atomic():
        actions.forget_import(5)
    _publish(now, 3)

    assert [event.customer_id for event in queries.after(read_until, limit=10)] == [3]


def test_a_cursor_moves_and_is_remembered(now):
    actions.advance("loader", 5, now=now)
    actions.advance("loader", 9, now=now)

    assert queries.cursor_of("loader") == 9
    assert queries.cursor_of("someone else") == 0


def test_publishing_many_events_takes_a_constant_number_of_queries(now, django_assert_max_num_queries):
    with transaction.atomic(), django_assert_max_num_queries(2):
        actions.publish(_events(now, *range(500)))

    if connection.vendor == "postgresql":
        assert actions.number_committed() == 500
    assert queries.count() == 500
