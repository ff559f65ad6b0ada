"""Writing records of one shop through the doors of their domains."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from shuke.cdp.catalog import actions as catalog
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import queries as people
from shuke.cdp.customers.actions import consents, upserting
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import actions as orders
from shuke.cdp.privacy import actions as privacy
from shuke.cdp.privacy import queries as privacy_queries
from shuke.integrations.models import Connection, ConnectionState, Edition
from shuke.integrations.rules.records import Article, Asked, Buyer, CalledOff, Records
from shuke.platform.crypto import subjects
from shuke.platform.crypto.keys import key
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

FETCH_JOB = "integrations.fetch"
_SECRET = "integrations-subjects"  # noqa: S105  the name of a purpose, not a secret

Versioned = TypeVar("Versioned", Buyer, Article)


@dataclass(slots=True)
class Written:
    """What became of records: how many of each kind, our ids of the orders, and what names no order we know."""

    counts: dict[str, int]
    orders: dict[str, int] = field(default_factory=dict)
    news: int = 0
    unknown: frozenset[str] = frozenset()


def write(to: Connection, records: Records, *, now: datetime, historical: bool = False) -> Written:
    """Write records of a connection's shop, in the caller's transaction.

    In any order and any number of times they end in the same state: of two versions of one thing the newer stays.
    """
    by = Provenance(to.shop.code, f"connection:{to.pk}", now, historical=historical)
    done = Written(records.counts())
    _write_products(to, records.products, by)
    _write_customers(to, records.customers, by)
    if records.orders or records.refunds:
        for outcome in orders.record(to.shop, [*records.orders, *records.refunds], by=by):
            done.news += outcome.action in {"created", "replaced"}
            if outcome.kind == "order":
                done.orders[outcome.number] = outcome.record_id
    if records.checkouts:
        done.news += orders.record_checkouts(to.shop, records.checkouts, by=by)
    done.unknown = frozenset(_call_off(to, records.called_off, by))
    if records.consents:
        consents.record(records.consents, by=by)
    _ask(to, records.privacy, now)
    if records.wanted_orders:
        jobs.enqueue(FETCH_JOB, now=now, connection_id=to.pk, numbers=records.wanted_orders)
    if records.trouble:
        Connection.objects.filter(pk=to.pk).update(state=ConnectionState.TROUBLED, error=records.trouble)
    return done


def _write_products(to: Connection, said: Sequence[Article], by: Provenance) -> None:
    fresh = _newest(to, "product", [(one.product.external_id, one) for one in said])
    if fresh:
        catalog.upsert_products(to.shop, [one.product for one in fresh], by)


def _write_customers(to: Connection, said: Sequence[Buyer], by: Provenance) -> None:
    fresh = _newest(to, "customer", [(one.person.external_id, one) for one in said])
    if fresh:
        wanted = [upserting.Said(one.person, one.tags) for one in fresh]
        customers.upsert(wanted, namespace=to.shop.code, by=by, actor=Actor("connection", str(to.pk), to.name))


def _newest(to: Connection, noun: str, said: "Sequence[tuple[str, Versioned]]") -> "list[Versioned]":
    """Return what is no older than what was written before, and remember how recent it is."""
    dated = {(mark(name), one.version) for name, one in said if name and one.version}
    if not dated:
        return [one for _name, one in said]
    known = {
        row.key: row for row in Edition.objects.filter(connection=to, noun=noun, key__in={name for name, _at in dated})
    }
    newest: dict[str, datetime] = {name: row.version for name, row in known.items()}
    for name, at in dated:
        newest[name] = max(at, newest.get(name, at))
    insert_rows(
        Edition, ("connection_id", "noun", "key", "version"),
        [(to.pk, noun, name, at) for name, at in newest.items() if name not in known],
    )  # fmt: skip
    moved = [(at, known[name].pk) for name, at in newest.items() if name in known and at > known[name].version]
    update_rows(Edition, ("version",), moved)
    return [one for name, one in said if not (name and one.version) or one.version >= newest[mark(name)]]


def _call_off(to: Connection, said: Sequence[CalledOff], by: Provenance) -> list[str]:
    """Cancel what the shop no longer has; return what names no order. One call per moment, of which there are few."""
    unknown: list[str] = []
    together: dict[tuple[datetime, str], list[str]] = {}
    for one in said:
        together.setdefault((one.at or by.now, one.reason), []).append(one.key)
    for (at, reason), keys in together.items():
        unknown += orders.cancel_orders(to.shop, keys, at=at, reason=reason, by=by)
    return unknown


def _ask(to: Connection, asked: Sequence[Asked], now: datetime) -> None:
    """Note what people asked the platform for, each once while it is open; of whom we know nothing there is nothing to do."""
    for one in asked:  # a handful a year
        found = people.matching(shop=to.shop.code, external_id=one.external_id).first() if one.external_id else None
        if found is None and (one.email or one.phone):
            found = people.matching(email=one.email, phone=one.phone).first()
        if found is None:
            continue
        waiting = {row.kind for row in privacy_queries.requests(only_open=True).filter(customer_id=found.pk)}
        if one.kind not in waiting:
            by = Actor("connection", str(to.pk), to.name)
            note = _("Asked through %(connection)s.") % {"connection": to.name}
            privacy.receive(one.kind, found.pk, received_at=now, by=by, now=now, note=note)


def mark(value: str) -> str:
    """Return the digest under which a key of a person or thing stands in our tables."""
    return subjects.digest(value, secret=key(_SECRET))


def marks(values: set[str]) -> str:
    """Return digests as a delivery holds them."""
    return subjects.written(values, secret=key(_SECRET))
