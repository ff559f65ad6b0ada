"""Messages in the shop itself: the tracker fetches them and shows them in a corner of the page."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadAccount, NotGenuine
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Reply, Setup

CODE = "onsite"
# Whoever has not come by then is not told any more.
KEPT_FOR = timedelta(days=14)


class Onsite:
    """The company's own shop, through the tracker in its pages."""

    code = CODE
    channel = "onsite"
    label = _("In the shop, by the tracker")
    icon = "building-store"
    text = _("A small message in a corner of the shop's page, for visitors whom the tracker recognises.")
    capability = Capability("onsite", max_chars=500, has_title=True, has_receipts=False)
    fields: tuple[Field, ...] = ()

    def carrier(self, setup: Setup) -> Carrier:
        """Refuse: these messages are kept here until they are fetched (``actions.onsite``)."""
        raise BadAccount("messages in the shop have no provider")

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered: nothing can be."""
        return ""

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Refuse: browsers have a door of their own."""
        raise NotGenuine("browsers have a door of their own")


KIND = Onsite()
