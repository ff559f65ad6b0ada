"""Journeys that are ready to be switched on: how each is drawn, and which letters it sends. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.editing import laid_out

CHANNELS = ("email", "sms")
# The public ids of the templates of each letter, by channel.
Templates = Mapping[str, Mapping[str, str]]
Drawn = dict[str, Any]


@dataclass(slots=True)
class Pencil:
    """Draws steps one after the other; ``here`` are the exits that have still to lead somewhere."""

    templates: Templates
    steps: list[Drawn] = field(default_factory=list)
    edges: list[Drawn] = field(default_factory=list)
    here: list[tuple[str, str]] = field(default_factory=list)

    def step(self, kind: str, identifier: str = "", **settings: Any) -> str:
        """Draw a step behind everything that has no follower yet."""
        made = identifier or f"{kind}{sum(one['kind'] == kind for one in self.steps) + 1}"
        self.steps.append({"id": made, "kind": kind, "settings": settings})
        self.edges += [{"from": start, "exit": exit_, "to": made} for start, exit_ in self.here]
        self.here = [(made, exit_) for exit_ in kinds.exits_of(kind, settings)]
        return made

    def wait(self, amount: int, unit: str) -> None:
        """Draw a wait."""
        self.step(kinds.WAIT, amount=amount, unit=unit)

    def only(self, exit_: str) -> list[tuple[str, str]]:
        """Go on behind one exit; return the others."""
        others = [one for one in self.here if one[1] != exit_]
        self.here = [one for one in self.here if one[1] == exit_]
        return others

    def deliver(self, letter: str, **settings: Any) -> None:
        """Draw a letter that goes out by the first channel that reaches somebody, and on to what follows either way."""
        ways = self.templates[letter]
        purpose = str(settings.pop("purpose", "marketing"))
        self.step(kinds.REACH, channels=list(ways), purpose=purpose)
        by_exit, ends = {exit_: one for one, exit_ in self.here}, []
        for channel, template in ways.items():
            self.here = [(by_exit[channel], channel)]
            self.step(kinds.SEND, f"{letter}_{channel}", channel=channel, template=template, **settings)
            ends += self.here
        self.here = [*ends, (by_exit[kinds.OTHERWISE], kinds.OTHERWISE)]

    def done(self, **settings: Any) -> Drawn:
        """Lead everything to the end, and return the whole."""
        self.step(kinds.END, "end")
        return laid_out({"settings": settings, "steps": self.steps, "edges": self.edges})


def _begin(templates: Templates, kind: str, **settings: Any) -> Pencil:
    pencil = Pencil(templates)
    pencil.step(kind, "start", **settings)
    return pencil


_BUYS = {"event": "order.placed"}
_MORNING = "10:00"


def _welcome(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="customer.created")
    pencil.wait(10, "minutes")
    pencil.deliver("welcome")
    pencil.wait(3, "days")
    pencil.step(kinds.UNTIL, at=_MORNING)
    pencil.deliver("welcome_choice")
    return pencil.done(reentry="never", goal=_BUYS, goal_days=14)


def _cart(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="checkout.abandoned")
    pencil.step(
        kinds.WAIT_FOR, "bought", event="checkout.recovered", where=[{"property": "checkout_id", "op": "same"}],
        amount=1, unit="hours",
    )  # fmt: skip
    bought = pencil.only("timeout")
    pencil.deliver("cart")
    pencil.wait(1, "days")
    pencil.deliver("cart_last")
    pencil.here += bought
    return pencil.done(reentry="days", reentry_days=7, goal=_BUYS, goal_days=7)


def _browse(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="Product Viewed")
    pencil.step(kinds.WAIT_FOR, "carted", event="Product Added", amount=3, unit="hours")
    carted = pencil.only("timeout")
    pencil.deliver("browse")
    pencil.here += carted
    return pencil.done(reentry="days", reentry_days=14, goal=_BUYS, goal_days=7)


def _after_purchase(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="order.paid")
    pencil.wait(1, "days")
    pencil.deliver("thanks", purpose="service")
    return pencil.done(reentry="days", reentry_days=30, goal_days=60)


def _review(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="order.delivered")
    pencil.wait(7, "days")
    pencil.step(kinds.UNTIL, at=_MORNING)
    pencil.deliver("review")
    return pencil.done(reentry="days", reentry_days=30, goal={"event": "text.received"}, goal_days=21)


def _cross(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="order.paid")
    pencil.wait(14, "days")
    pencil.step(kinds.UNTIL, at=_MORNING)
    pencil.deliver("cross")
    return pencil.done(reentry="days", reentry_days=45, goal=_BUYS, goal_days=30)


def _second(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="order.paid")
    pencil.wait(21, "days")
    pencil.step(kinds.CHECK, "first", rule="value.orders at_most 1")
    others = pencil.only("yes")
    pencil.deliver("second")
    pencil.here += others
    return pencil.done(reentry="never", goal=_BUYS, goal_days=45)


def _replenish(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.SCHEDULE, every="day", at=_MORNING)
    pencil.deliver("replenish")
    return pencil.done(
        rule="predictions.due_items at_least 1", reentry="days", reentry_days=30, goal=_BUYS, goal_days=14
    )


def _winback(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.SCHEDULE, every="day", at=_MORNING)
    pencil.deliver("winback")
    pencil.wait(10, "days")
    pencil.deliver("winback_last")
    return pencil.done(
        rule="all {\n  predictions.churn_risk at_least 60\n  value.orders at_least 1\n}", reentry="days", reentry_days=90,
        goal=_BUYS, goal_days=30,
    )  # fmt: skip


def _vip(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.SCHEDULE, every="month", day=1, at=_MORNING)
    pencil.deliver("vip", purpose="service")
    return pencil.done(rule='value.group is ["champions"]', reentry="days", reentry_days=180, goal=_BUYS, goal_days=30)


def _birthday(calendar: str) -> Callable[[Templates], Drawn]:
    def draw(templates: Templates) -> Drawn:
        pencil = _begin(templates, kinds.DATE, field="birthday", calendar=calendar, days_before=0, at="09:00")
        pencil.deliver("birthday", hours=["09:00", "20:00"], outside="wait")
        return pencil.done(reentry="days", reentry_days=300, goal=_BUYS, goal_days=14)

    return draw


def _member_day(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.SCHEDULE, every="month", day=8, at=_MORNING)
    pencil.deliver("member_day")
    return pencil.done(rule="value.orders at_least 1", reentry="days", reentry_days=25, goal=_BUYS, goal_days=3)


def _occasion(code: str, letter: str, before: int) -> Callable[[Templates], Drawn]:
    def draw(templates: Templates) -> Drawn:
        pencil = _begin(templates, kinds.OCCASION, occasions=[code], days_before=before, at=_MORNING)
        pencil.deliver(letter)
        return pencil.done(
            rule="value.orders at_least 1", reentry="days", reentry_days=300, goal=_BUYS, goal_days=before + 3
        )

    return draw


def _refund(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="order.refunded")
    pencil.wait(2, "hours")
    pencil.deliver("recovered", purpose="service")
    return pencil.done(reentry="days", reentry_days=30, goal=_BUYS, goal_days=60)


def _tagged(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="order.paid")
    pencil.step(
        kinds.EXPERIMENT, "timing", arms=[{"name": "soon", "weight": 50}, {"name": "later", "weight": 50}]
    )  # fmt: skip
    later = pencil.only("soon")
    pencil.wait(7, "days")
    soon, pencil.here = pencil.here, later
    pencil.wait(21, "days")
    pencil.here += soon
    pencil.deliver("cross")
    return pencil.done(reentry="days", reentry_days=60, goal=_BUYS, goal_days=45)


def _call_back(templates: Templates) -> Drawn:
    pencil = _begin(templates, kinds.EVENT, event="order.delivered")
    pencil.wait(10, "days")
    pencil.step("team.task", "call", text="Call back: is all well with the order? 回访：商品使用是否满意？", days=2)
    return pencil.done(reentry="days", reentry_days=90, goal=_BUYS, goal_days=60)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A journey that is ready: its letters, how it is drawn, and its icon."""

    code: str
    icon: str
    letters: tuple[str, ...]
    draw: Callable[[Templates], Drawn]


RECIPES: Mapping[str, Recipe] = {
    one.code: one
    for one in (
        Recipe("welcome", "heart-handshake", ("welcome", "welcome_choice"), _welcome),
        Recipe("cart", "shopping-cart", ("cart", "cart_last"), _cart),
        Recipe("browse", "eye", ("browse",), _browse),
        Recipe("after_purchase", "package", ("thanks",), _after_purchase),
        Recipe("review", "star", ("review",), _review),
        Recipe("cross_sell", "layers-intersect", ("cross",), _cross),
        Recipe("cross_sell_timing", "scale", ("cross",), _tagged),
        Recipe("second_order", "stairs-up", ("second",), _second),
        Recipe("replenish", "refresh", ("replenish",), _replenish),
        Recipe("winback", "user-exclamation", ("winback", "winback_last"), _winback),
        Recipe("vip", "crown", ("vip",), _vip),
        Recipe("birthday", "cake", ("birthday",), _birthday("solar")),
        Recipe("lunar_birthday", "moon", ("birthday",), _birthday("lunar")),
        Recipe("member_day", "id-badge", ("member_day",), _member_day),
        Recipe("spring_festival", "gift", ("spring",), _occasion("spring_festival", "spring", 12)),
        Recipe("mid_autumn", "moon", ("autumn",), _occasion("mid_autumn", "autumn", 7)),
        Recipe("double_11", "percentage", ("sale",), _occasion("double_11", "sale", 3)),
        Recipe("shopping_618", "percentage", ("sale",), _occasion("shopping_618", "sale", 3)),
        Recipe("christmas", "gift", ("christmas",), _occasion("christmas_shopping", "christmas", 16)),
        Recipe("call_back", "phone", (), _call_back),
        Recipe("refund", "receipt-refund", ("recovered",), _refund),
    )
}
