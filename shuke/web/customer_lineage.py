"""What saved views of the customer list rest on."""

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.platform.manifest import Use

LIST_NAME = "customers"
# Parameters of the list's address, and what their values name.
_NAMING = {"tag": "tag", "segment": "segment"}


def uses() -> list[Use]:
    """Return the tags, segments and attributes that saved views filter by. They do not keep anything from going."""
    found = []
    for view in customers.all_views(LIST_NAME):
        query = QueryDict(view.query)
        named = [f"{kind}:{value}" for name, kind in _NAMING.items() for value in query.getlist(name) if value]
        named += [f"attribute:{text.partition('=')[0]}" for text in query.getlist("attribute") if "=" in text]
        label = _("Saved view “%(name)s”") % {"name": view.name} if view.is_shared else _("Somebody’s own saved view")
        url = f"{reverse('web:customers')}?{view.query}" if view.is_shared else reverse("web:customers")
        found += [Use(what, label, url, is_blocking=False) for what in named]
    return found
