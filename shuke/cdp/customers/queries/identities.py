"""Questions about identities: what the company decided about them, and whose they are."""

from collections.abc import Collection, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import ContactPoint, Identity
from shuke.cdp.customers.queries.merging import family_of
from shuke.cdp.customers.rules import CONTACT_CONTEXT
from shuke.cdp.customers.rules.identities import ANONYMOUS_ID, TYPES, IdentitySettings
from shuke.cdp.events.queries import Past
from shuke.platform.company import queries as company
from shuke.platform.crypto.sealing import unseal

SETTINGS = "customers.identity"
# SQLite takes at most 32,766 values in one statement.
_AT_ONCE = 30_000

__all__ = [
    "TYPES",
    "TYPE_LABELS", "IdentitySettings", "addresses_behind", "customer_of_browser", "label_of", "of_customers", "owners_of_moved", "past_of", "places_of", "settings",
]  # fmt: skip


def settings() -> IdentitySettings:
    """Return what the company decided about recognising people."""
    return company.settings_of(SETTINGS, IdentitySettings)


def owners_of_moved(identity_ids: Collection[int]) -> dict[int, int | None]:
    """Return whose those identities are today that ever changed hands; None: nobody's."""
    found: dict[int, int | None] = {}
    ids = list(identity_ids)
    for start in range(0, len(ids), _AT_ONCE):
        rows = Identity.objects.filter(pk__in=ids[start : start + _AT_ONCE], moved_at__isnull=False)
        found |= dict(rows.values_list("pk", "customer_id"))
    return found


def of_customers(customer_ids: Collection[int]) -> dict[int, int]:
    """Return the identities of customers with whose they are, visitors they turned out to be included."""
    found: dict[int, int] = {}
    ids = list(customer_ids)
    for start in range(0, len(ids), _AT_ONCE):
        rows = Identity.objects.filter(customer__in=ids[start : start + _AT_ONCE])
        found |= dict(rows.values_list("pk", "customer_id"))
    return found


def past_of(customer_id: int) -> Past:
    """Return whose events are a customer's: their own, those of visitors they turned out to be, of whom they merged."""
    identities = Identity.objects.filter(customer_id=customer_id).order_by("pk").values_list("pk", flat=True)
    return Past(list(identities), family_of(customer_id))


# What people read where an identity's type is named.
TYPE_LABELS: Mapping[str, str | Promise] = {
    "external_id": _("Customer number"),
    "unionid": _("WeChat UnionID"),
    "member_card": _("Member card"),
    "taobao_ouid": _("Taobao OUID"),
    "taobao_omid": _("Taobao OMID"),
    "yz_open_id": _("Youzan open id"),
    "douyin_open_id": _("Douyin open id"),
    "openid": _("WeChat OpenID"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "anonymous_id": _("Browser or app, anonymous"),
    "device_id": _("Device"),
    "push_token": _("Push token"),
    "cookie": _("Cookie"),
    "taobao_nick": _("Taobao nickname (masked)"),
    "jd_pin": _("JD account (enciphered)"),
    "oaid": _("Recipient id of one order (OAID)"),
}


def label_of(kind: str) -> str:
    """Return what a type of identity is called; one that we do not know keeps its code."""
    return str(TYPE_LABELS.get(kind, kind))


def addresses_behind(customer_id: int) -> dict[tuple[str, str], str]:
    """Return the customer's addresses in clear by the identities that stand for them; the caller masks."""
    points = ContactPoint.objects.filter(customer_id=customer_id, channel__in=("email", "phone"))
    return {
        (point.channel, bytes(point.blind_index).hex()): unseal(bytes(point.sealed), context=CONTACT_CONTEXT)
        for point in points
    }


def places_of(identity_ids: Collection[int]) -> dict[int, tuple[str, int | None]]:
    """Return namespace and customer of identities, by id; ids that name none are left out."""
    found: dict[int, tuple[str, int | None]] = {}
    ids = list(identity_ids)
    for start in range(0, len(ids), _AT_ONCE):
        rows = Identity.objects.filter(pk__in=ids[start : start + _AT_ONCE])
        found |= {pk: (namespace, owner) for pk, namespace, owner in rows.values_list("pk", "namespace", "customer_id")}
    return found


def customer_of_browser(namespace: str, anonymous_id: str) -> int | None:
    """Return whose browser it is that the tracker of a shop knows under a random id; None for nobody's and for several's."""
    found = Identity.objects.filter(type=ANONYMOUS_ID, namespace=namespace, value=anonymous_id, is_shared=False)
    return found.values_list("customer_id", flat=True).first()
