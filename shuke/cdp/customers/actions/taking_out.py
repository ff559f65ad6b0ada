"""Taking an import of customers back, from what each was before."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from typing_extensions import override

from shuke.cdp.customers import queries, rules
from shuke.cdp.customers.actions import tags, undo
from shuke.cdp.customers.actions.recording import index_names
from shuke.cdp.customers.actions.taking_in import mark_of, source_of
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.queries.imports import FIELDS, hashes_of
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.db.bulk import update_rows
from shuke.platform.imports.kinds import Undoing
from shuke.platform.imports.models import BeforeImage, Import
from shuke.platform.imports.progress import Progress
from shuke.platform.imports.queries import opened
from shuke.platform.manifest import customer_columns
from shuke.vocabulary.orders import ImportRowsUndone

_CUSTOMERS_AT_ONCE = 200
_EVENTS_AT_ONCE = 3_000


class TakingOut(Undoing):
    """Takes one import of customers back.

    Who was there before becomes what they were, with the tags and values the import brought taken off; who is new goes,
    unless something else has come to rest on them. Permissions stay: they are evidence.
    """

    def __init__(self, made: Import, by: Provenance) -> None:
        super().__init__(made)
        self.by = by

    @property
    @override
    def note(self) -> str:
        return _("Taking customers back")

    @override
    def take_back(self, images: list[BeforeImage]) -> None:
        now = hashes_of([image.record_id for image in images])
        mine = [image for image in images if now.get(image.record_id) == bytes(image.after_hash)]
        before = {image.record_id: opened(image) for image in mine if image.before is not None}
        self._restore({pk: said["profile"] for pk, said in before.items() if said})
        tags.take_back([image.record_id for image in mine], tagged_by=mark_of(self.made.pk))
        for taker in customer_columns():
            kept = {
                pk: said["others"][taker.prefix]
                for pk, said in before.items()
                if said.get("others", {}).get(taker.prefix)
            }
            taker.give_back(kept, source=source_of(self.made), by=self.by)
        self._publish([image.record_id for image in mine])

    def _restore(self, before: dict[int, dict[str, Any]]) -> None:
        known = Customer.objects.in_bulk(list(before))
        rows = []
        for pk, profile in before.items():
            born, seen = profile["birthday"], profile["first_seen_at"]
            values = [profile[name] or "" for name in FIELDS[:5]]
            rows.append(
                [
                    *values,
                    born and date.fromisoformat(born),
                    datetime.fromisoformat(seen),
                    rules.name_key(values[0]),
                    pk,
                ]
            )
        update_rows(Customer, (*FIELDS, "name_key"), rows)
        index_names({pk: said["name"] for pk, said in before.items() if known[pk].name != said["name"]})

    @override
    def finish(self, progress: Progress) -> None:
        ids = queries.created_by_import(self.made.pk)
        kept = 0
        for start in range(0, len(ids), _CUSTOMERS_AT_ONCE):
            with transaction.atomic():
                removal = undo.remove_created_by(self.made.pk, ids[start : start + _CUSTOMERS_AT_ONCE])
                self._publish(list(removal.removed))
            kept += len(removal.kept)
            progress.progress(start, len(ids), self.note)
        while True:
            with transaction.atomic():
                changed = undo.remove_additions(self.made.pk)
                self._publish(changed)
            if not changed:
                break
        self.made.report["undo"]["customers_kept"] = kept
        while self._forget_events():
            progress.progress(len(ids), len(ids), _("Clearing the log"))

    @transaction.atomic
    def _forget_events(self) -> int:
        return events.forget_import(self.made.pk, limit=_EVENTS_AT_ONCE)

    def _publish(self, customer_ids: list[int]) -> None:
        if customer_ids:
            said = ImportRowsUndone(self.made.pk, [], [], [], sorted(customer_ids), [])
            events.publish([NewEvent.of(said, customer_id=None, occurred_at=self.by.now, by=self.by)])
