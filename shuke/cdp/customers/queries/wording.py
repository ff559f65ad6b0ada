"""Words for permission: why not, through what, how it came to us."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.cdp.customers import rules
from shuke.cdp.customers.models import ConsentAction, ConsentChannel, Purpose, SuppressionReason
from shuke.cdp.customers.queries.consents import Permission
from shuke.cdp.customers.rules.consent import ADDRESS_OF
from shuke.platform.company.models import Company

__all__ = [
    "ADDRESS_OF",
    "METHODS",
    "actions",
    "channel",
    "counted",
    "described",
    "home_region",
    "purpose",
    "refusal",
    "why",
]

METHODS: dict[str, str | Promise] = {
    "web_form": gettext_lazy("Form on a web page"), "checkout": gettext_lazy("At the checkout"),
    "in_store": gettext_lazy("In a store"), "wechat_auth": gettext_lazy("WeChat authorisation"),
    "sms_reply": gettext_lazy("Reply by text message"), "call_recorded": gettext_lazy("Recorded call"),
    "api": gettext_lazy("By a connected system"), "import": gettext_lazy("Import"),
    "one_click_post": gettext_lazy("One-click unsubscribe"), "mail_link": gettext_lazy("Link in an e-mail"),
    "preference_page": gettext_lazy("Preference page"), "staff": gettext_lazy("By a member of staff"),
    "provider_webhook": gettext_lazy("Told by a provider"), "merge": gettext_lazy("Two records found to be one person"),
    "erasure": gettext_lazy("Erasure"), "system": gettext_lazy("By Shuke"),
}  # fmt: skip
_WHY_NOT: dict[str, str | Promise] = {
    "never_asked": gettext_lazy("never agreed"), "requested": gettext_lazy("was asked and has not answered"),
    "withdrawn": gettext_lazy("withdrew"), "refused": gettext_lazy("refused"), "objected": gettext_lazy("objected"),
    "expired": gettext_lazy("the consent has expired"), "superseded": gettext_lazy("the consent was replaced"),
    "unconfirmed": gettext_lazy("the address is not confirmed"), "unusable": gettext_lazy("the address does not work"),
    "notice_retired": gettext_lazy("the notice they agreed to was retired"),
    "restricted": gettext_lazy("use of their data is restricted"),
}  # fmt: skip
_REFUSALS: dict[str, str | Promise] = {
    "no_evidence": gettext_lazy("A consent needs evidence: name the form, the text, the message or the document."),
    "not_by_the_person": gettext_lazy("Only the person can confirm: by a link, a code or a form of their own."),
    "unknown_channel": gettext_lazy("There is no such channel: email, sms, call or post."),
    "unknown_purpose": gettext_lazy("There is no such purpose."), "unknown_action": gettext_lazy("There is no such decision."),
    "unknown_notice": gettext_lazy("There is no such notice."), "bad_time": gettext_lazy("It does not say when, as 2024-06-01T10:00:00Z."),
    "bad_address": gettext_lazy("This is no address that could be written to."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """One answer on the page: may we, what for, and why not."""

    channel: str
    purpose: str
    topic: str
    is_permitted: bool
    reasons: str
    known: Permission


def described(found: Permission) -> Described:
    """Return an answer in words."""
    known = found.known
    reasons = "; ".join(str(why(code)) for code in found.reasons)
    channel = str(ConsentChannel(known.channel).label)
    return Described(channel, purpose(known.purpose), known.topic, found.is_permitted, reasons, found)


def why(code: str) -> str | Promise:
    """Return why an address may not be used."""
    if code.startswith("suppressed:"):
        return _("suppressed")
    return _WHY_NOT.get(code, code)


def purpose(code: str) -> str:
    """Return what a purpose is called."""
    return str(Purpose(code).label) if code in Purpose.values else code


def channel(code: str) -> str:
    """Return what a channel is called."""
    return str(ConsentChannel(code).label) if code in ConsentChannel.values else code


def refusal(code: str) -> str | Promise:
    """Return why a statement was not kept."""
    return _REFUSALS.get(code, code)


def counted(rows: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Return counts of suppressions by channel and reason, in words."""
    return [
        (str(ConsentChannel(channel).label), str(SuppressionReason(reason).label), count)
        for channel, reason, count in rows
    ]


def home_region(company: Company) -> str:
    """Return where phone numbers without a country code belong."""
    return rules.region_of_zone(company.time_zone)


def actions() -> list[tuple[str, str | Promise]]:
    """Return what a member of staff may note that a person decided."""
    wanted = (ConsentAction.GRANTED, ConsentAction.WITHDRAWN, ConsentAction.REFUSED, ConsentAction.OBJECTED)
    return [(action.value, action.label) for action in wanted]
