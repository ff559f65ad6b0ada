"""Every staff page, with something to show, in both languages and for every role that may open it.

A page that renders is one whose address, template, components and queries hold together; it has the language of its
reader, no leftovers of templates and nothing the content security policy would block.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from shuke.api import actions as api
from shuke.cdp.attributes import actions as attributes
from shuke.cdp.attributes.actions import Definition, Kind
from shuke.cdp.catalog.models import Product
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer, Tag
from shuke.cdp.customers.testing import people
from shuke.cdp.events.actions import Provenance
from shuke.cdp.ingest import actions as ingest
from shuke.cdp.ingest import testing as ingest_testing
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders import testing
from shuke.cdp.orders.models import Order, Refund
from shuke.cdp.privacy import actions as privacy
from shuke.cdp.privacy.queries import certificate_of
from shuke.cdp.quality.actions import mending, searching
from shuke.cdp.quality.models import Suggestion
from shuke.crm.audiences.actions import destinations as audiences
from shuke.crm.channels import testing as channels_testing
from shuke.crm.channels.models import OutboxMessage
from shuke.crm.messaging.actions.requesting import Candidate
from shuke.crm.messaging.actions.requesting import request as request_messages
from shuke.crm.messaging.models import Message, SendDecision
from shuke.crm.team.actions import watching
from shuke.crm.team.models import Crossing, Entry
from shuke.crm.templates import testing as templates_testing
from shuke.insight.analytics.actions import keeping as reports
from shuke.insight.forecasts.actions import planning
from shuke.insight.forecasts.actions import running as forecasts
from shuke.insight.forecasts.engine.staffing import Rates
from shuke.insight.forecasts.models import Anomaly
from shuke.insight.predictions.actions import running as predictions
from shuke.insight.segments.actions import compute, define
from shuke.insight.traits import actions as traits
from shuke.insight.traits.actions import Facts, Measure, Recipe
from shuke.insight.value import actions as value
from shuke.insight.voice.testing import reviews, taken
from shuke.integrations import testing as integrations_testing
from shuke.journeys.campaigns import testing as campaigns_testing
from shuke.journeys.journeys import testing as journeys
from shuke.journeys.journeys.actions import entering
from shuke.journeys.journeys.models import Run
from shuke.kernel.ids import uuid7
from shuke.platform.company.models import Shop
from shuke.platform.jobs.actions import enqueue
from shuke.platform.notices import actions as notices
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role
from tests.architecture.routes import policy, routes

# Pages about one thing, by the name of the thing in ``world``.
ABOUT = {
    "attributes:detail": "attribute", "attributes:edit": "attribute", "traits:detail": "trait", "traits:edit": "trait",
    "customers:tag_group": "group", "web:relation_new": "customer",
    "customers:permissions": "customer", "privacy:receive": "customer", "privacy:request": "request",
    "privacy:certificate": "certificate", "customers:tag": "tag", "orders:detail": "order", "orders:refund": "refund", "segments:detail": "segment",
    "segments:history": "segment", "segments:compare": "segment", "segments:explain": "segment", "segments:edit": "segment", "web:customer": "customer", "web:customer_identities": "customer", "web:customer_merge": "customer", "web:customer_split": "merge",
    "web:customer_edit": "customer", "ingest:source": "source", "ingest:source_install": "source", "ingest:source_edit": "source", "ingest:letter": "letter",
    "ingest:plan_event": "planned", "web:team_member": "member", "notices:target": "target", "web:shop": "shop", "web:job": "job",
    "integrations:connection": "connection", "integrations:edit": "connection", "integrations:new": "kind",
    "templates:detail": "letter_template", "campaigns:detail": "campaign", "campaigns:edit": "campaign",
    "campaigns:why": "campaign",
    "channels:outbox_message": "shown", "channels:new": "provider", "channels:account": "way", "channels:edit": "mail", "voice:text": "text", "analytics:product": "product", "analytics:board": "board", "predictions:sheet": "prediction", "forecasts:anomaly": "anomaly", "forecasts:plan": "peak", "forecasts:edit_plan": "peak", "quality:compare": "suggestion", "quality:flaw": "flaw", "quality:fix": "fix",
    "journeys:detail": "journey", "journeys:draw": "journey", "journeys:settings": "journey", "journeys:replay": "journey",
    "journeys:why": "journey", "journeys:people": "journey", "journeys:troubles": "journey", "journeys:move": "journey",
    "journeys:run": "run",
    "messaging:message": "message", "messaging:decision": "decision",
    "audiences:detail": "destination",
}  # fmt: skip
# Files, one-time links, what needs a second factor to be there, and what only its own form asks for.
ELSEWHERE = {
    "audiences:download",
    "templates:edit", "templates:preview", "templates:products",  # in a language; a frame; an answer to the editor
    "journeys:step",
    "attributes:value", "recommendations:pair", "recommendations:triple",
    "ingest:live_event", "integrations:delivery", "analytics:download", "forecasts:download", "forecasts:download_plan", "analytics:people", "analytics:tile", "analytics:edit_board", "analytics:keep_report", "orders:import_page", "orders:import_refusals", "customers:import_page", "customers:import_refusals", "value:movers", "value:tier_movers", "web:setup", "web:enter",
    "web:outbox_message", "web:outbox_file", "channels:outbox_html", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip
LEFTOVERS = re.compile(r"\{%|%\}|\{\{|\}\}|\{#|<c-[a-z]|None</|&lt;function")
UNSAFE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\sstyle=\"|\son[a-z]+=\"|hx-on|javascript:"
)


@pytest.fixture
def world(warehouse: Any, cast: dict[str, Staff], now: datetime) -> dict[str, Any]:
    """A small company with one of everything."""
    by = Actor.of(cast["owner"])
    shop = testing.shop(now=now)
    facts = Provenance(source="test", actor=by.reference, now=now)
    with transaction.atomic():
        orders.record(shop, [
            *(testing.order(customer="ada", at=now - timedelta(days=30 * n), country="France") for n in range(6)),
            testing.order(customer="bob", at=now - timedelta(days=200)), testing.order(customer="", at=now - timedelta(days=3)),
            testing.refund(customer="ada", at=now - timedelta(days=2), amount_minor=300), testing.adjustment(at=now),
        ], by=facts)  # fmt: skip
    sent = ingest_testing.source(shop=shop.name, now=now)
    broken = ingest_testing.letter(sent, now=now)
    planned = ingest.plan_event(
        name="Quiz", description="", properties={"score": "number"}, required=[], by=by, now=now
    )
    first = Customer.objects.order_by("pk").first()
    customers.tag([first.pk], "VIP", by=by, now=now)
    warehouse.catch_up(now=now)
    value.recompute(now=now)
    predictions.train(now=now)
    segment = define.create(
        name="Buyers", rule={"all": [{"orders": "count", "op": "at_least", "value": 1}]}, by=by, now=now
    )
    compute.recompute(segment, by=by, now=now)
    api.create_key("shop", ["orders:read"], by=by, now=now)
    group = customers.create_group("Interests", is_exclusive=True, by=by, now=now)
    size = attributes.create("size", Definition(Kind.NUMBER, is_personal=False), by=by, now=now)
    attributes.set_by_hand(first.pk, "size", 42, by=by, now=now)
    text = taken([record for record, _truth in reviews(3)], shop=shop.name, now=now)[0]
    trait = traits.create("orders", {"en": "Orders"}, Recipe(Facts.ORDERS, Measure.COUNT), by=by, now=now)
    traits.bind("Buyer", segment, by=by, now=now)
    job = enqueue("warehouse.rebuild", now=now, by=by)
    connection = integrations_testing.connect("shopify", shop=shop.name, now=now, access_token="shpat_secret")
    integrations_testing.send(connection, "orders/create", integrations_testing.ShopifyOrder(1, now).said, now=now)
    request = privacy.receive("object", first.pk, received_at=now, by=by, now=now)
    privacy.check_identity(request, method="reply", by=by, now=now)
    privacy.carry_out(request, by=by, now=now)
    kept = reports.keep("returns", "", name="Returns", is_shared=True, owner=cast["owner"], by=by, now=now)
    board = reports.set_board(
        None, name="Board", is_shared=True, reports=[kept], mailed_to=[], viewer=cast["owner"], by=by, now=now
    )
    twin, other = (people(PersonRecord(external_id=name, name=name))[0].pk for name in ("twin", "other"))
    merged = customers.merge(twin, other, by=by, now=now)
    channels_testing.handed(channels_testing.default("email"), channels_testing.parcel(now=now), now=now)
    return {
        **_written(str(segment.uuid), now),
        "letter_template": templates_testing.published(now=now).uuid,
        "destination": audiences.create(name="Ads", segment=segment, way="file", layout="meta", every_hours=24, by=by, now=now)[0].uuid,
        "shown": OutboxMessage.objects.get().pk, "provider": "smtp", "way": channels_testing.default("sms").uuid,
        "mail": channels_testing.mail_account(1025, by=by, now=now).uuid,
        "merge": merged.uuid, "customer": first.uuid, "tag": Tag.objects.get(name="VIP").pk, "group": group.pk,
        "attribute": size.pk, "trait": trait.pk, "order": Order.objects.first().pk,
        "refund": Refund.objects.get().pk, "segment": segment.uuid, "member": cast["agent"].pk, "shop": Shop.objects.get().pk,
        "connection": connection.uuid, "kind": "shopify", "prediction": "churn", **_forecasts(by, now), "product": Product.objects.first().pk, "board": board.uuid, "job": job.pk, "source": sent.uuid, "letter": broken.uuid, "text": text.uuid, "planned": planned.pk,
        **_messages(first.pk, now), "request": request.uuid, "certificate": certificate_of(request).uuid, "flaw": "name_untidy", **_quality(by, now),
    }  # fmt: skip


def _written(segment: str, now: datetime) -> dict[str, Any]:
    """A template, and a campaign with it."""
    letter = templates_testing.published(now=now)
    campaign = campaigns_testing.planned(segment=segment, templates=[str(letter.uuid)], now=now)
    return {"letter_template": letter.uuid, "campaign": campaign.uuid}


def _messages(customer_id: int, now: datetime) -> dict[str, Any]:
    """A decision against writing to somebody, and a message that was allowed."""
    request_messages([Candidate(customer_id, "email", "none", "refused", "test", 1)], now=now)
    refused = SendDecision.objects.get(key="refused")
    allowed = SendDecision.objects.create(
        key="allowed", stage="request", cause_kind="test", cause_id=1, channel="email", template="none", result="allow",
        policy=0, decided_at=now, expires_at=now,
    )  # fmt: skip
    made = Message.objects.create(
        uuid=uuid7(), key="allowed", decision=allowed, customer_id=customer_id, cause_kind="test", cause_id=1,
        channel="email", purpose="service", template="none", due_at=now, created_at=now,
    )  # fmt: skip
    return {"message": made.uuid, "decision": refused.pk}


def _forecasts(by: Actor, now: datetime) -> dict[str, Any]:
    """Something unusual, and a plan for a peak."""
    forecasts.run(now=now)
    odd = Anomaly.objects.create(
        kind="refunds", step="day", measure="refunds", scope="company", first_on=now.date(), last_on=now.date(), seen=300,
        expected=10, low=0, high=50, chance=0.001, found_at=now,
    )  # fmt: skip
    days = [[now.date().isoformat(), 10.0, 20.0, 10.0, 40.0]]
    outlook = {"orders": {"basis": "own", "lift": [2, 1, 3], "past": [], "total": [20.0, 10.0, 40.0], "days": days}}
    peak = planning.save(
        None, name="618", event="", first=now.date(), last=now.date(), shop=None, rates=Rates(), outlook=outlook, by=by,
        now=now,
    )  # fmt: skip
    return {"anomaly": odd.uuid, "peak": peak.uuid}


def _quality(by: Actor, now: datetime) -> dict[str, Any]:
    """A suggestion to decide about, values that were corrected, and where notices go."""
    said = {"name": "MR JOHN SMITH", "birthday": date(1990, 2, 15), "address": "1 High Street, London, SW1A 1AA"}
    pair = [people(PersonRecord(external_id="q", **said), shop=shop)[0].pk for shop in ("one", "two")]
    searching.search_changed(pair, now=now)
    fix = mending.start("name_untidy", by=by, now=now)
    mending.mend_some(fix.pk, after=0, now=now)
    mending.finish(fix.pk, now=now)
    searching.search_changed(pair, now=now)
    _calls(by, now)
    journey = _journey(now)
    target = notices.save_target(name="Ops", address="ntfy://ops", kinds=[], language="", by=by, now=now)
    notices.notify("notices.failed", "A message to %(where)s could not be sent.", facts={"where": "Ops"},
                   lines=[("your team's mail", {})], roles=list(Role), link="/", now=now)  # fmt: skip
    return {
        "target": target.pk,
        "journey": journey,
        "run": Run.objects.get().uuid,
        "suggestion": Suggestion.objects.get(low_id=pair[0], high_id=pair[1]).pk,
        "fix": fix.uuid,
    }


def _journey(now: datetime) -> Any:
    """A journey that is on, with somebody at a wait."""
    pause = ("pause", "wait", {"amount": 2, "unit": "days"})
    journey = journeys.switched_on(journeys.drawn(pause, goal={"event": "order.paid"}), name="Second order", now=now)
    entering.enter(journey, [entering.Entrant(Customer.objects.filter(merged_into=None)[0].pk, "c")], now=now)
    journeys.moved(now)
    return journey.uuid


def _calls(by: Actor, now: datetime) -> None:
    """Everybody over the line, on a list, called."""
    watching.look(now=now)
    for person in Customer.objects.filter(merged_into=None)[:2]:
        Crossing.objects.get_or_create(
            customer=person, ended_on=None,
            defaults={"basis": "recency", "since": now.date(), "expected_minor": 5, "at_risk_minor": 5},
        )  # fmt: skip
        facts = {"count": 1, "minor": 5, "total": 5, "last": str(now.date()), "usual": 5}
        for staff in Staff.objects.filter(role__in=("agent", "owner")):
            Entry.objects.create(
                uuid=uuid7(), day=now.date() - timedelta(days=staff.pk), customer=person, arm="call", staff=staff, reason="refunds",
                reasons=[["refunds", facts]], state="done", outcome="reached", note="Spoke", listed_at=now, called_at=now,
            )  # fmt: skip
    del by


def pages(world: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return every page's name, address and what it asks for."""
    found = []
    for route in routes():
        who = policy()[route.name].get("GET", "") if not route.operations else ""
        if who in {"", "nobody", "anyone"} or route.name in ELSEWHERE:
            continue
        thing = str(world[ABOUT[route.name]]) if "<" in route.pattern else ""
        found.append((route.name, "/" + re.sub(r"<[^>]+>", thing, route.pattern), who))
    return found


LANGUAGES = {"en": "en", "zh-hans": "zh-Hans"}


def test_every_page_renders_in_both_languages(
    world: dict[str, Any], cast: dict[str, Staff], client_of: Callable[[Staff], Client]
) -> None:
    wrong = []
    for language, tag in LANGUAGES.items():
        Staff.objects.update(language=language)
        browser = client_of(Staff.objects.get(pk=cast["owner"].pk))
        for name, address, _who in pages(world):
            wrong += [f"{language} {name} {address}: {fault}" for fault in _faults(browser.get(address), tag)]

    assert wrong == []


def _faults(response: Any, tag: str) -> list[str]:
    if response.status_code != 200:
        return [] if response.status_code == 302 else [str(response.status_code)]
    if response.streaming or not response["Content-Type"].startswith("text/html"):
        return []
    body = response.content.decode()
    plain = re.sub(r"<(script|textarea|pre|code)\b.*?</\1>", "", body, flags=re.DOTALL)
    faults = [f"leftover {found!r}" for found in LEFTOVERS.findall(plain)]
    faults += [f"unsafe {found!r}" for found in UNSAFE.findall(body)]
    return faults + (["not in its language"] if "<html" in body and f'lang="{tag}"' not in body else [])


def test_every_page_renders_for_whoever_may_open_it(
    world: dict[str, Any], cast: dict[str, Staff], client_of: Callable[[Staff], Client]
) -> None:
    wrong = []
    for role in ("marketer", "agent", "analyst", "finance"):
        browser = client_of(cast[role])
        for name, address, who in pages(world):
            if name != "web:job" and (who == "staff" or cast[role].may(who)):
                status = browser.get(address).status_code
                wrong += [] if status in {200, 302} else [f"{role} {name}: {status}"]

    assert wrong == []
