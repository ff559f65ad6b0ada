"""What the staff of the demo company have made of their customers: tags, values, segments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import queries as people
from shuke.cdp.warehouse import queries as warehouse
from shuke.crm.team.actions import configuring as team
from shuke.demo import audiences, calls
from shuke.demo.lives import Kind, Life
from shuke.insight.forecasts.actions import planning as peaks
from shuke.insight.forecasts.actions import promoting
from shuke.insight.forecasts.actions import running as looking_ahead
from shuke.insight.forecasts.queries import calendar, planning
from shuke.insight.segments import queries as saved
from shuke.insight.segments.actions import compute, define
from shuke.insight.traits import actions as traits
from shuke.insight.value import actions as value_actions
from shuke.insight.value import queries as value
from shuke.journeys.journeys import queries as drawn
from shuke.journeys.journeys.actions import cooking, defining, entering
from shuke.platform.company.models import Shop
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

CUSTOMERS_PER_TAG_CALL = 1_000
_LOOKED_AFTER = 40
_WELCOMED = 120
_ME = Actor.system("demo")
# Who gets a tag, and what share of them: staff never tag everybody.
_TAGS = (
    ("VIP 贵宾", Kind.REGULAR, 0.6),
    ("Gift buyer 送礼", Kind.GIFT, 0.3),
    ("Sensitive skin 敏感肌", Kind.ROUTINE, 0.18),
    ("Waits for sales 等大促", Kind.BARGAIN, 0.2),
    (audiences.WHOLESALE_TAG, Kind.ONCE, 0.02),
    ("Newsletter 订阅周报", None, 0.22),
)


def sort_tags(lives: Sequence[Life], ids: Sequence[tuple[int, int]], *, into: dict[str, list[int]]) -> None:
    """Add to ``into`` who of a thousand lives gets which tag."""
    for life, (customer_id, _) in zip(lives, ids, strict=True):
        rng = Random(f"tags:{life.person.serial}")
        for name, kind, share in _TAGS:
            if (kind is None or life.kind is kind) and rng.random() < share:
                into.setdefault(name, []).append(customer_id)


def tag(tags: dict[str, list[int]], *, now: datetime) -> None:
    """Put the tags on."""
    for name, ids in tags.items():
        for start in range(0, len(ids), CUSTOMERS_PER_TAG_CALL):
            customers.tag(ids[start : start + CUSTOMERS_PER_TAG_CALL], name, by=_ME, now=now)


def value_history(months: int, *, now: datetime) -> None:
    """Work out everybody's value at the end of each of the last ``months`` months, then today; call some people meanwhile."""
    until = warehouse.data_until()
    if until is None:
        return
    for day in value.month_ends(until, months):
        value_actions.recompute(now=now, as_of=day)
        calls.list_of(day, today=until)
    calls.settled(now=now)


def segments(tags: dict[str, list[int]], *, now: datetime) -> None:
    """Save some segments with their members, and a list."""
    until = warehouse.data_until()
    if until is None:
        return
    for name, description, rule in audiences.segments(until):
        segment = define.create(name=name, description=description, rule=rule, by=_ME, now=now)
        compute.recompute(segment, by=_ME, now=now)
    name, description = audiences.WHOLESALE_LIST
    define.create_list(
        name=name, description=description, customer_ids=tags.get(audiences.WHOLESALE_TAG, ()), by=_ME, now=now
    )


def worked_out(*, now: datetime) -> None:
    """Work out some attributes of everybody, and let a tag follow a segment."""
    for code, labels, recipe in audiences.TRAITS:
        trait = traits.create(code, labels, recipe, by=_ME, now=now)
        traits.compute(trait, now=now)
    champions = saved.segments(text=audiences.CHAMPIONS)[0]
    traits.follow(traits.bind(audiences.CHAMPION_TAG, champions, by=_ME, now=now), now=now)


def forecasts(shops: Mapping[bool, Shop], *, now: datetime) -> None:
    """Enter the promotions that no calendar knows, look ahead, and plan the next sale."""
    for chinese, name, first, last in audiences.promotions(now.date()):
        promoting.enter(name, first, last, shops[chinese], by=_ME, now=now, learns=False)
    run = looking_ahead.run(now=now)
    if not run.series:
        return
    world, coming = planning.coming(run, None)
    after = [one for one in coming if one.window.first > run.as_of and not one.event.key.startswith(calendar.OWN)]
    for one in after[1:2]:
        found = planning.outlooks(world, one.event, one.window)
        if found:
            peaks.save(
                None, name=f"{one.event.names[1]} {one.window.anchor.year}", event=one.event.key, first=one.window.first,
                last=one.window.last, shop=None, rates=planning.usual_rates(run, one.event, world),
                outlook=planning.as_saved(found), by=_ME, now=now,
            )  # fmt: skip


def looked_after(*, now: datetime) -> None:
    """Give the best customers to those who talk to them."""
    best = people.customers().filter(standing__tier="top").order_by("-standing__net_minor", "pk")
    ids = list(best.values_list("pk", flat=True)[:_LOOKED_AFTER])
    for place, one in enumerate(Staff.objects.filter(role__in=(Role.AGENT, Role.MARKETER)).order_by("pk")):
        team.assign(ids[place::2], one.pk, by=_ME, now=now)


def journeys(*, now: datetime) -> None:
    """Switch some journeys on; send those who became known last on their welcome, as if they had come today."""
    for code in ("cart", "welcome", "birthday", "winback"):
        defining.publish(cooking.cook(code, by=_ME, now=now), by=_ME, now=now)
    cooking.cook("double_11", by=_ME, now=now)
    welcome = drawn.journeys().select_related("version").get(recipe="welcome")
    newest = people.customers().order_by("-first_seen_at", "-pk").values_list("pk", flat=True)[:_WELCOMED]
    entering.enter(welcome, [entering.Entrant(pk, f"demo:{pk}") for pk in newest], now=now)


def views(owner: Staff, *, now: datetime) -> None:
    """Keep some views of the list of customers."""
    for name, query in audiences.VIEWS:
        customers.save_view("customers", name, query, is_shared=True, staff_id=owner.pk, by=Actor.of(owner), now=now)
