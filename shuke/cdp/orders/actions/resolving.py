"""Finding the customers, products and currency behind facts, once per batch and with memory between batches."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from shuke.cdp.catalog import actions as catalog
from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, Resolved
from shuke.cdp.customers.queries.merging import latest_move
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions.records import person_record
from shuke.cdp.orders.queries import rating
from shuke.cdp.orders.rules.facts import Fact
from shuke.platform.company import actions as company
from shuke.platform.company.models import Shop
from shuke.platform.crypto.blind_index import fingerprint

_MOST_REMEMBERED = 50_000
# Where the keys of a person stand in a fact's person: external id, e-mail, phone.
_KEYS = slice(0, 3)


def fingerprint_of(digest: bytes) -> bytes:
    """Return what is stored of a fact's digest to recognise unchanged content.

    Keyed: a plain hash over an order with a phone number in it would give the number away to anyone who tries them all.
    """
    return fingerprint("orders.content", digest.hex())


class Resolution:
    """Customers and products of one shop as far as one writer has met them.

    Lives as long as one call, or one import: then people and products met again cost nothing. Forget it when a
    transaction that used it is rolled back.
    """

    def __init__(self, shop: Shop, by: Provenance) -> None:
        self.shop, self.by = shop, by
        self.currency = ""
        self._rates: rating.Rates | None = None
        self._people: dict[tuple[str, ...], tuple[tuple[str, ...], str, Resolved | None]] = {}
        self._moved = 0
        self._products: dict[str, int] = {}
        # Products that need nothing more from order lines.
        self._titled: set[str] = set()

    def prepare(self, batch: list[Fact]) -> None:
        """Meet everyone and everything that ``batch`` names, in a constant number of queries."""
        if not self.currency:
            self.currency = company.adopt_currency(batch[0].currency)
        self._rates = None
        self._forget_who_moved()
        self._meet_people(batch)
        self._meet_products(batch)

    def customer_of(self, fact: Fact) -> Resolved | None:
        """Return who stands behind a fact, None for a guest."""
        if fact.person is None:
            return None
        return self._people[fact.person[_KEYS]][2]

    @property
    def product_ids(self) -> Mapping[str, int]:
        """Return the ids of products met before, by external id."""
        return self._products

    def in_base(self, amount_minor: int, currency: str, at: str) -> dict[str, Any]:
        """Return an amount in the company's currency with rate and day, all None while no rate is known."""
        if currency == self.currency:
            return {"base_minor": amount_minor, "rate": None, "rate_date": None}
        if self._rates is None:
            self._rates = rating.Rates.known()
        return self._rates.columns(amount_minor, currency, moment(at))

    def _forget_who_moved(self) -> None:
        """Meet everybody anew once somebody was merged or split: facts are written under today's customers."""
        customers.hold_still()
        moved = latest_move()
        if moved != self._moved:
            self._people.clear()
        self._moved = moved

    def _meet_people(self, batch: list[Fact]) -> None:
        if len(self._people) > _MOST_REMEMBERED:
            self._people.clear()
        wanted: dict[tuple[str, ...], tuple[tuple[str, ...], str]] = {}
        for fact in batch:
            if fact.person is None:
                continue
            key = fact.person[_KEYS]
            known = self._people.get(key)
            if known and known[0] == fact.person and known[1] <= fact.at and key not in wanted:
                continue
            earliest = min(fact.at, wanted[key][1]) if key in wanted else fact.at
            wanted[key] = (fact.person, earliest)
        if not wanted:
            return
        records = [_person(said, earliest) for said, earliest in wanted.values()]
        found = customers.resolve(records, namespace=self.shop.code, by=self.by)
        for (key, (said, earliest)), resolved in zip(wanted.items(), found, strict=True):
            self._people[key] = (said, earliest, resolved)

    def _meet_products(self, batch: list[Fact]) -> None:
        if len(self._products) > _MOST_REMEMBERED:
            self._products.clear()
            self._titled.clear()
        wanted: dict[str, ProductRecord] = {}
        for fact in batch:
            for line in fact.lines:
                product, title = line[0], line[2]
                if product in self._titled or not product or (not title and product in self._products):
                    continue
                if product not in wanted or not wanted[product].title:
                    wanted[product] = ProductRecord(product, line.sku, title, line.category, line.brand)
        if wanted:
            ids = catalog.resolve_products(self.shop, wanted.values(), self.by)
            self._products |= ids
            self._titled |= {key for key, record in wanted.items() if record.title}


def _person(said: tuple[str, ...], earliest: str) -> PersonRecord:
    return person_record(said, first_seen_at=moment(earliest))


@lru_cache(maxsize=10_000)
def moment(text: str) -> datetime:
    """Return the moment behind a fact's time."""
    return datetime.fromisoformat(text)
