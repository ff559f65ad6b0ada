"""Keeping a list's filters under a name."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, rules
from shuke.cdp.customers.models import SavedView
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor

MAX_QUERY_CHARS = 1000


@transaction.atomic
def save_view(
    list_name: str, name: str, query: str, *, is_shared: bool, staff_id: int, by: Actor, now: datetime
) -> SavedView:
    """Keep a list's address under a name; the same name of the same person is replaced. Raises ``BadViewName``."""
    clean = rules.words(name, limit=80)
    if not clean or len(query) > MAX_QUERY_CHARS:
        raise errors.BadViewName(_("A saved view needs a name, and filters that are not too long."))
    view, made = SavedView.objects.update_or_create(
        list=list_name,
        name=clean,
        owner_id=staff_id,
        defaults={"query": query, "is_shared": is_shared},
        create_defaults={"query": query, "is_shared": is_shared, "created_at": now},
    )
    verb = "customers.view_saved" if made else "customers.view_changed"
    audit.record(
        by, verb, target=f"customers.SavedView:{view.pk}", summary={"list": list_name, "shared": is_shared}, now=now
    )
    return view


@transaction.atomic
def delete_view(view_id: int, *, staff_id: int, is_manager: bool, by: Actor, now: datetime) -> bool:
    """Forget a view: one's own, or as a manager a shared one. Return whether there was one to forget."""
    mine = Q(owner_id=staff_id)
    found = SavedView.objects.filter(mine | Q(is_shared=True) if is_manager else mine, pk=view_id).delete()[0]
    if found:
        audit.record(by, "customers.view_deleted", target=f"customers.SavedView:{view_id}", now=now)
    return bool(found)
