"""Words for the codes of messages."""

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.queries import wording as permission
from shuke.crm.channels.models import ChannelName
from shuke.crm.messaging.queries import standing

_REASONS = {
    "expired": _("It was too late for it"),
    "unknown_template": _("There is no such template"),
    "template_archived": _("The template was archived"),
    "template_unpublished": _("The template was never published"),
    "wrong_channel": _("The template is for another channel"),
    "no_customer": _("There is no such customer"),
    "erased": _("They were erased"),
    "no_address": _("No address on this channel"),
    "unusable": _("The address does not work"),
    "never_asked": _("Never agreed"),
    "restricted": _("Use of their data is restricted"),
    "under_age": _("Too young"),
    "paused": _("Asked for a pause"),
    "notice_retired": _("Has to be asked again"),
    "quiet_hours": _("Quiet hours"),
    "channel_window": _("The channel is closed for it"),
    "legal_text": _("Something that the law asks for is missing"),
    "duplicate": _("Got it already"),
    "same_template": _("Got the same a short while ago"),
    "arbitration": _("Something worth more came first"),
    "missing_data": _("Data for the text is missing"),
    "stopped:by_cause": _("Cancelled by whoever asked for it"),
    "stopped:all": _("Everything was stopped"),
    "stopped:restored": _("Not yet replayed after a restore"),
    "unknown": _("Nobody knows whether it left"),
    "worker_died": _("The process died while it was sent"),
    "gave_up": _("Tried for three days"),
    "rendering_stopped": _("The template did not come to an end"),
}
_FAMILIES = {
    "suppressed": _("On a do-not-contact list"),
    "consent": _("No permission"),
    "frequency_cap": _("Written to often enough"),
    "stopped": _("Stopped"),
    "gate_failed": _("Could not be checked"),
}
_CONSENT = {
    "never_asked": _("Never agreed"),
    "unconfirmed": _("Agreed, but never confirmed"),
    "withdrawn": _("Withdrew their consent"),
    "refused": _("Refused"),
    "objected": _("Objected"),
    "expired": _("Their consent ran out"),
    "requested": _("Was asked and has not answered"),
    "superseded": _("Their consent was replaced"),
}


def reason_label(code: str) -> str:
    """Return a reason in words; what has none is shown as it is."""
    if code in _REASONS:
        return str(_REASONS[code])
    family, _colon, rest = code.partition(":")
    if family == "consent":
        return str(_CONSENT.get(rest, _FAMILIES["consent"]))
    if family == "frequency_cap":
        channel, _colon, days = rest.partition(":")
        if days:
            return str(_("Written to often enough within %(days)s days (%(channel)s)")) % {
                "days": days, "channel": channel_label(channel) if channel != "all" else _("all channels"),
            }  # fmt: skip
    return str(_FAMILIES.get(family, code))


def channel_label(code: str) -> str:
    """Return a channel in words."""
    return str(ChannelName(code).label) if code in ChannelName.values else permission.channel(code)


def topic_label(code: str) -> str:
    """Return a topic in words of the active language; "" is everything that has no topic of its own."""
    if not code:
        return str(_("Everything else"))
    is_chinese = (translation.get_language() or "").startswith("zh")
    for topic in standing.policy().policy.topics:
        if topic.code == code:
            return topic.name_zh if is_chinese else topic.name_en
    return code
