"""What imports of customers left, and whether it is still so."""

import json
from collections.abc import Mapping
from typing import Any

from shuke.cdp.customers.models import Customer
from shuke.platform.crypto.blind_index import fingerprint
from shuke.platform.imports.kinds import Changed
from shuke.platform.imports.models import Import
from shuke.platform.imports.queries import images_of

FIELDS = ("name", "country", "region", "city", "language", "birthday", "first_seen_at")
_AT_ONCE = 2_000
_encode = json.JSONEncoder(ensure_ascii=False).encode
_SHOWN = 50


def profile_hash(profile: Mapping[str, Any]) -> bytes:
    """Return a keyed hash of what an import writes into a customer's row."""
    birthday = profile.get("birthday")
    said = [*(profile.get(name) or "" for name in FIELDS[:5]), birthday.isoformat() if birthday else ""]
    return fingerprint("customers.profile", _encode(said))


def hashes_of(customer_ids: list[int]) -> dict[int, bytes]:
    """Return the hashes of customers as they are now, by id; of those that are gone nothing."""
    rows = Customer.objects.filter(pk__in=customer_ids, erased_at__isnull=True).values("pk", *FIELDS[:6])
    return {row["pk"]: profile_hash(row) for row in rows}


def changed_since(made: Import) -> Changed:
    """Return the customers whom somebody changed after an import."""
    count, last = 0, 0
    first: list[tuple[str, str, int]] = []
    while images := list(images_of(made).filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = images[-1].pk
        now = hashes_of([image.record_id for image in images])
        changed = [one for one in images if one.record_id in now and now[one.record_id] != bytes(one.after_hash)]
        count += len(changed)
        rows = [("customer", f"#{one.record_id}", one.record_id) for one in changed]
        first += rows[: _SHOWN - len(first)]
    return Changed(count, tuple(first))
