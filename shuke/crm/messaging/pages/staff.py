"""Pages for staff: what went out, why and why not, how well it arrives, the policy, and the switch that stops it all."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages as notes
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.errors import UnknownCustomer
from shuke.cdp.customers.models import Customer
from shuke.crm.channels.queries import CHANNELS
from shuke.crm.messaging import queries
from shuke.crm.messaging.actions import deciding, stopping
from shuke.crm.messaging.errors import UnknownMessage
from shuke.crm.messaging.forms import CAP_DAYS, PolicyForm, StopForm
from shuke.crm.messaging.models import Message, SendDecision, State
from shuke.crm.messaging.queries import browsing, explaining, standing
from shuke.crm.messaging.queries.wording import channel_label, reason_label, topic_label
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

VIEW, POLICY = "messaging.view", "messaging.policy"
_SHOWN_DAYS = (7, 30, 90)
TONES = {
    State.ACCEPTED: "good", State.FAILED: "bad", State.UNKNOWN: "warn", State.DEFERRED: "warn", State.SUPPRESSED: "neutral",
    State.CANCELLED: "neutral", State.SENDING: "info", State.CLAIMED: "info", State.APPROVED: "info",
}  # fmt: skip


@page(VIEW)
def deliveries(request: Request) -> HttpResponse:
    """List messages, or those who were refused one."""
    who = _customer(request.GET.get("customer", ""))
    filters = browsing.read(request.GET.dict(), who.pk if who else None)
    is_refused = request.GET.get("tab") == "refused"
    names_shown = may(request, "customers.view_contacts")
    if is_refused:
        refused = paginate(browsing.refusals(filters), request, keys=("-decided_at", "-pk"))
        rows: list[Any] = [_refusal_row(one, names_shown=names_shown) for one in refused.rows]
        shown: Any = refused
    else:
        sent = paginate(browsing.messages(filters), request, keys=("-created_at", "-pk"))
        rows, shown = [_row(one, names_shown=names_shown) for one in sent.rows], sent
    context = {
        "rows": rows, "page": shown, "filters": filters, "is_refused": is_refused, "who": who,
        "states": State.choices, "channels": [(one, channel_label(one)) for one in CHANNELS],
        "reasons": [(one, reason_label(one)) for one, _n in browsing.held_back(since=request.now - timedelta(days=90))],
        "totals": browsing.totals(since=request.now - timedelta(days=30)),
        "stops": standing.stops(), "may_stop": may(request, POLICY),
    }  # fmt: skip
    return render(request, "messaging/deliveries.html", context)


def _customer(uuid: str) -> Customer | None:
    try:
        return customers.by_uuid(UUID(uuid)) if uuid else None
    except (ValueError, LookupError, UnknownCustomer):
        return None


def _row(one: Message, *, names_shown: bool) -> dict[str, Any]:
    return {
        "message": one, "tone": TONES[State(one.state)], "state": one.get_state_display(),
        "channel": channel_label(one.channel), "reason": reason_label(one.reason) if one.reason else "",
        "who": _name(one.customer, names_shown=names_shown),
    }  # fmt: skip


def _refusal_row(one: SendDecision, *, names_shown: bool) -> dict[str, Any]:
    return {
        "decision": one, "channel": channel_label(one.channel), "reasons": [reason_label(code) for code in one.reasons],
        "who": _name(one.customer, names_shown=names_shown),
    }  # fmt: skip


def _name(customer: Customer | None, *, names_shown: bool) -> str:
    if customer is None:
        return ""
    return customer.name if names_shown and customer.name else _("Customer %(number)s") % {"number": customer.pk}


@page(VIEW)
def message(request: Request, uuid: UUID) -> HttpResponse:
    """Show one message: what became of it, and every decision about it, clause by clause."""
    try:
        found = queries.by_uuid(uuid)
    except UnknownMessage as unknown:
        raise Http404 from unknown
    decided = [explaining.explained(one) for one in queries.decisions_about(found.key)]
    context = {
        **_row(found, names_shown=may(request, "customers.view_contacts")),
        "decided": [_with_words(one) for one in reversed(decided)], "topic": topic_label(found.topic) if found.topic else "",
    }  # fmt: skip
    return render(request, "messaging/message.html", context)


@page(VIEW)
def decision(request: Request, number: int) -> HttpResponse:
    """Show why somebody did not get a message that never came to be."""
    found = SendDecision.objects.select_related("customer").filter(pk=number).first()
    if found is None:
        raise Http404
    context = {
        "decision": found, "decided": [_with_words(explaining.explained(found))], "channel": channel_label(found.channel),
        "who": _name(found.customer, names_shown=may(request, "customers.view_contacts")),
    }  # fmt: skip
    return render(request, "messaging/decision.html", context)


def _with_words(one: explaining.Explained) -> dict[str, Any]:
    return {
        "decision": one.decision,
        "clauses": [
            {
                "label": clause.label,
                "is_passed": clause.is_passed,
                "why": [reason_label(code) for code in clause.reasons],
            }
            for clause in one.clauses
        ],
    }


@page(VIEW)
def health(request: Request) -> HttpResponse:
    """Show how well messages arrive, by channel and by mail domain, and what was held back."""
    asked = request.GET.get("days", "30")
    days = int(asked) if asked in set(map(str, _SHOWN_DAYS)) else 30
    since = request.now - timedelta(days=days)
    held = browsing.held_back(since=since)
    context = {
        "days": days, "spans": _SHOWN_DAYS,
        "channels": [(channel_label(one.name), one) for one in browsing.health("channel", since=since)],
        "domains": browsing.health("domain", since=since),
        "held": [(reason_label(code), code, count) for code, count in held],
    }  # fmt: skip
    return render(request, "messaging/health.html", context)


@page(POLICY, methods=("GET", "POST"))
def policy(request: Request) -> HttpResponse:
    """Change the contact policy; first try on the last thirty days what it would do."""
    in_force = standing.policy()
    form = PolicyForm(request.POST or None, policy=in_force.policy)
    simulated = None
    if request.method == "POST" and form.is_valid():
        draft = form.cleaned_data["policy"]
        if request.POST.get("do") != "try":
            number = deciding.set_policy(draft, note=form.cleaned_data["note"], by=request.actor, now=request.now)
            notes.success(request, _("Version %(number)s of the policy is in force.") % {"number": number})
            return redirect("messaging:policy")
        simulated = browsing.simulate(draft, now=request.now)
    context = {
        "form": form, "in_force": in_force, "days": CAP_DAYS, "versions": standing.versions(10), "simulated": simulated,
        "rows": [(_simulated_label(code), today, then) for code, today, then in simulated.rows] if simulated else [],
    }  # fmt: skip
    return render(request, "messaging/policy.html", context)


def _simulated_label(code: str) -> str:
    if not code:
        return _("Sent at once")
    return _("Sent after the quiet hours") if code == "waits:quiet_hours" else reason_label(code)


@page(POLICY, methods=("POST",))
def stop(request: Request) -> HttpResponse:
    """Stop everything, or one channel, from this moment on."""
    form = StopForm(request.POST)
    if form.is_valid() and (form.cleaned_data["channel"] in ("", *CHANNELS)):
        said = form.cleaned_data
        stopping.stop_everything(channel=said["channel"], reason=said["reason"], by=request.actor, now=request.now)
        notes.success(request, _("Nothing leaves any more. What was asked for meanwhile waits; offers are refused."))
    return redirect("messaging:deliveries")


@page(POLICY, methods=("POST",))
def go_on(request: Request) -> HttpResponse:
    """Let messages go on."""
    channel = request.POST.get("channel", "")
    if stopping.go_on(channel=channel[:16], by=request.actor, now=request.now):
        notes.success(request, _("Messages go on. Each is checked anew before it leaves."))
    return redirect("messaging:deliveries")
