"""What calling came to."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render

from shuke.cdp.customers import queries as customers
from shuke.crm.team import queries
from shuke.crm.team.actions.planning import today
from shuke.crm.team.models import CallOutcome
from shuke.crm.team.queries import results as found
from shuke.crm.team.queries import wording
from shuke.crm.team.rules import EARNED_DAYS, REASONS
from shuke.crm.team.rules.comparing import LEAST_BUYERS, LEAST_OF_AN_ARM
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

DAYS_SHOWN = 90


@page(queries.CALL)
def results(request: Request) -> HttpResponse:
    """Show what calling earned, what became of calls, and the calls themselves; agents see their own calls."""
    plans = may(request, queries.PLAN)
    outcome = request.GET.get("outcome", "")
    reason = request.GET.get("reason", "")
    outcome = outcome if outcome in CallOutcome.values else ""
    reason = reason if reason in REASONS else ""
    calls = found.calls(outcome=outcome, reason=reason, staff_id=None if plans else request.user.pk)
    shown = paginate(calls.select_related("staff"), request, keys=("-day", "-pk"), per_page=30)
    ids = [one.customer_id for one in shown.rows if one.customer_id is not None]
    people, known = customers.cards_of(ids), customers.external_ids_of(ids)
    sees_contacts = may(request, "customers.view_contacts")
    since = today(request.now) - timedelta(days=DAYS_SHOWN)
    context = {
        "compared": found.compared(reason=reason) if plans else None, "days": EARNED_DAYS, "shown_days": DAYS_SHOWN,
        "least_people": LEAST_OF_AN_ARM, "least_buyers": LEAST_BUYERS,
        "by_reason": [(one, wording.reason(one.key)) for one in found.counted("reason", since=since)] if plans else [],
        "by_person": found.counted("staff", since=since) if plans else [],
        "page": shown, "currency": request.company.currency, "outcomes": CallOutcome.choices, "outcome": outcome,
        "reasons": [(code, wording.reason(code)) for code in REASONS], "reason": reason, "plans": plans,
        "calls": [
            (one, people[one.customer_id], wording.reason(one.reason), wording.title_of(
                people[one.customer_id], known.get(one.customer_id, []), sees_contacts=sees_contacts
            ))
            for one in shown.rows if one.customer_id is not None
        ],
    }  # fmt: skip
    return render(request, "team/results.html", context)
