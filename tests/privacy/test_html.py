"""No stored value is rendered as live HTML, on any page: every writable text holds a tag, and none of them is born."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import html5lib
import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from shuke.platform.crypto.sealing import seal
from shuke.platform.staff.models import Staff
from tests.architecture.routes import policy, routes
from tests.security.test_pages import ABOUT, ELSEWHERE, world

__all__ = ["world"]
CANARY = '"><svg/onload=x{}>'
# What decides how a row is found or read, and so cannot hold anything: codes, keys, rules, languages, zones.
UNTOUCHED = {
    "staff.Staff", "staff.ApiKey", "jobs.Job", "events.Subscription", "company.Setting", "customers.ConsentRecord",
    "customers.ConsentState", "messaging.SendDecision",
}  # fmt: skip
CODES = re.compile(
    r"(^|_)(code|currency|language|time_zone|key|digest|sha256|hash|channel|kind|state|status|type|name_key|color|sku_key|"
    r"token|purpose|scope|list|query|lane|word|rfm_group|stage|version|worker|actor|verb|header_key|number|checkpoint|"
    r"write_key|previous_key|domain|operator|format|jurisdiction|action|legal_basis|method|subject)$"
)


def writable_texts() -> Iterator[tuple[type[models.Model], Any]]:
    for model in apps.get_models():
        if not model.__module__.startswith("shuke.") or model._meta.label in UNTOUCHED:
            continue
        together = {name for rule in model._meta.constraints for name in getattr(rule, "fields", ())}
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, (models.CharField, models.TextField)) and not field.choices
            if is_text and not field.unique and field.name not in together and not CODES.search(field.name):
                yield model, field


@pytest.fixture
def poisoned(world: dict[str, Any]) -> int:
    """Put a canary of its own into every text that somebody outside could have written; return how many rows."""
    touched = 0
    for number, (model, field) in enumerate(writable_texts()):
        canary = CANARY.format(number)[: field.max_length]
        touched += model._default_manager.update(**{field.name: canary})
    from shuke.cdp.customers.models import ContactPoint, Identity

    ContactPoint.objects.update(sealed=seal(CANARY.format("contact"), context=b"customers.contact"))
    for identity in Identity.objects.filter(type="external_id"):
        Identity.objects.filter(pk=identity.pk).update(value=f"{CANARY.format('key')}{identity.pk}")
    from shuke.cdp.orders.models import Order

    for order in Order.objects.all():
        Order.objects.filter(pk=order.pk).update(number=f"{CANARY.format('order')}{order.pk}")
    return touched


def addresses(world: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every page, those about one thing with the thing that the world has of it."""
    for route in routes():
        who = policy()[route.name].get("GET", "") if not route.operations else ""
        if who in {"", "nobody", "anyone"} or route.name in ELSEWHERE:
            continue
        thing = world.get(ABOUT.get(route.name, ""))
        if "<" not in route.pattern or thing is not None:
            yield route.name, "/" + re.sub(r"<[^>]+>", str(thing), route.pattern)


def born(body: bytes) -> list[str]:
    """Return the elements and attributes that came to life from a canary, as a browser would parse the page."""
    tree = html5lib.parse(body, namespaceHTMLElements=False)
    found = []
    for element in tree.iter():
        for name, value in element.attrib.items():
            if str(name).lower().startswith("on") and re.match(r"x[\w]*", str(value)):
                found.append(f"<{str(element.tag).rpartition('}')[2]} {name}={value}>")
    return found


def test_the_detector_sees_a_canary_that_was_not_escaped() -> None:
    assert born(b'<p title=""><svg/onload=x7>">hello</p>') == ["<svg onload=x7>"]
    assert born(b"<p>&lt;svg/onload=x7&gt;</p>") == []


def test_no_stored_value_comes_to_life_on_any_page(
    poisoned: int, world: dict[str, Any], cast: dict[str, Staff], client_of: Callable[[Staff], Client], now: datetime
) -> None:
    browser = client_of(cast["owner"])
    browser.raise_request_exception = False
    alive, shown = [], 0
    for name, address in addresses(world):
        response = browser.get(address)
        if response.streaming or "html" not in response.get("Content-Type", ""):
            continue
        shown += b"svg/onload=x" in response.content
        alive += [f"{name}: {one}" for one in born(response.content)]

    assert poisoned > 20
    assert shown > 10, "the canaries are on too few pages for this test to say anything"
    assert alive == []
