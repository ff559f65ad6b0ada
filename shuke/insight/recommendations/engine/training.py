"""A whole run on one folder of facts: what can be carried is learned and judged, the rest is refused with its reason."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from shuke.insight.recommendations import rules
from shuke.insight.recommendations.engine import basket, judging, lists, repeat, similarity
from shuke.insight.recommendations.engine.space import Lines, Space, baskets, space

Array = Any
Tell = Callable[[int, int], None]
# Weights between all products are held at once: their number grows with the square.
MOST_PRODUCTS = 4_000
_PAIRS_KEPT, _TRIPLES_KEPT = 2_000, 1_000
_COUNTRIES = 20
_LEAST_IN_COUNTRY = 100


@dataclass(frozen=True, slots=True)
class World:
    """Everything a run looks at."""

    until: int
    first: int
    lines: Lines
    shop: Array
    country: Array
    category: Array
    viewers: Array
    looked_at: Array


@dataclass(slots=True)
class Made:
    """What a run made: findings to be shown, and lists to be written."""

    findings: dict[str, Any] = field(default_factory=dict)
    repeat: dict[int, bytes] = field(default_factory=dict)
    discovery: dict[int, bytes] = field(default_factory=dict)
    also_bought: dict[int, bytes] = field(default_factory=dict)
    similar: dict[int, bytes] = field(default_factory=dict)
    # (kind, shop or 0, country or "") → list
    crowd: dict[tuple[str, int, str], bytes] = field(default_factory=dict)
    combinations: list[dict[str, Any]] = field(default_factory=list)


_STEPS = 3 + sum(len(one) for one in similarity.VARIANTS.values()) + 1 + 2 * rules.CUTOFFS


def run(world: World, tell: Tell) -> Made:
    """Learn, judge, and make every list."""
    made, done = Made(), 0

    def step() -> None:
        nonlocal done
        done += 1
        tell(min(done, _STEPS), _STEPS)

    tell(0, _STEPS)
    _crowds(world, made)
    step()
    _together(world, made)
    step()
    _personal(world, made, step)
    tell(_STEPS, _STEPS)
    return made


def _crowds(world: World, made: Made) -> None:
    """Make what everybody sees of whom nothing is known: by shop, by country, and of all."""
    orders = len(np.unique(world.lines.order))
    refused = rules.crowd_gate(orders)
    made.findings["crowd"] = {"refusal": refused.as_json() if refused else None, "orders": orders}
    if refused:
        return
    recent = world.lines.day > world.until - lists.BEST_DAYS
    places: list[tuple[int, str, Array]] = [(0, "", np.ones(len(world.lines.day), dtype=bool))]
    places += [(int(shop), "", world.shop == shop) for shop in np.unique(world.shop)]
    names, sales = np.unique(world.country[recent & (world.country != "")], return_counts=True)
    largest = np.argsort(-sales, kind="stable")[:_COUNTRIES]
    places += [(0, str(names[at]), world.country == names[at]) for at in largest if sales[at] >= _LEAST_IN_COUNTRY]
    for shop, country, rows in places:
        mine = world.lines.where(rows)
        made.crowd[rules.TRENDING, shop, country] = lists.trending(mine, world.until)
        made.crowd[rules.BESTSELLERS, shop, country] = lists.bestsellers(mine, world.until)


def _together(world: World, made: Made) -> None:
    """Make what goes with a product, and the combinations of the market-basket page."""
    carts = baskets(world.lines)
    several = int(np.count_nonzero(np.diff(carts.indptr) > 1))
    refused = rules.basket_gate(several)
    made.findings["basket"] = {
        "refusal": refused.as_json() if refused else None, "sales": carts.shape[0], "several": several,
    }  # fmt: skip
    items = world.lines.items
    if not refused:
        least = rules.least_together(carts.shape[0])
        pairs = basket.pairs(carts, least)
        strongest = pairs.strongest(_PAIRS_KEPT)
        triples = basket.triples(carts, strongest, least).strongest(_TRIPLES_KEPT)
        made.combinations = [*_rows(strongest, items), *_rows(triples, items)]
        made.findings["basket"] |= {"least": least, "pairs": len(pairs.together), "triples": len(triples.together)}
        made.also_bought = lists.also_bought(carts, items)
    seen = sparse.csr_matrix((0, len(items)), dtype=np.float32)
    if len(world.viewers):
        viewers, row = np.unique(world.viewers, return_inverse=True)
        seen = sparse.csr_matrix(
            (np.ones(len(row), np.float32), (row, world.looked_at)), shape=(len(viewers), len(items))
        )
    popular = np.bincount(world.lines.product, minlength=len(items)).astype(np.float64)
    made.similar = lists.similar(seen, space(world.lines).bought, items, world.category, popular)
    made.findings["similar"] = {"refusal": None, "looks": len(world.viewers), "products": len(made.similar)}


def _rows(found: basket.Found, items: Array) -> list[dict[str, Any]]:
    together, lift, shrunk = found.together, found.lift, found.shrunk
    return [
        {
            "products": [int(items[place]) for place in found.members[at]], "together": int(together[at]),
            "confidence": float(found.confidence[at]), "lift": float(lift[at]), "shrunk": float(shrunk[at]),
            "chance": float(found.chance[at]),
        }
        for at in range(len(together))
    ]  # fmt: skip


def _personal(world: World, made: Made, step: Callable[[], None]) -> None:
    """Judge and make what each customer sees."""
    mine = world.lines.known()
    buyers = len(np.unique(mine.customer))
    refused = rules.personal_gate(buyers, world.until - world.first)
    if refused:
        made.findings |= {kind: {"refusal": refused.as_json()} for kind in (rules.REPEAT, rules.DISCOVERY)}
        return
    days = [world.until - judging.HORIZON_DAYS * back for back in range(rules.CUTOFFS + 1, 0, -1)]
    lines = _most_bought(mine)
    past = [judging.asked(lines, day) for day in days]
    step()
    made.findings[rules.REPEAT] = _again(world, lines, past, made, step)
    made.findings[rules.DISCOVERY] = _new(world, lines, past, made, step)
    for kind in (rules.REPEAT, rules.DISCOVERY):
        made.findings[kind] |= {"buyers": buyers, "products": len(lines.items)}


def _again(
    world: World, lines: Lines, past: list[judging.Asked], made: Made, step: Callable[[], None]
) -> dict[str, Any]:
    refused = rules.judge_gate([int(one.again.any(axis=1).sum()) for one in past])
    if refused:
        return {"refusal": refused.as_json()}
    chosen, tried = judging.choose_repeat(past[0], step)
    rows = judging.judge_repeat(past[1:], chosen, step)
    found = repeat.pairs(lines, world.until)
    made.repeat = lists.repeat(found, repeat.score(found, **chosen), lines.items)
    return {"refusal": None, "chosen": dict(chosen), "tried": tried, "chosen_on": past[0].day, "rows": rows}


def _new(world: World, lines: Lines, past: list[judging.Asked], made: Made, step: Callable[[], None]) -> dict[str, Any]:
    refused = rules.judge_gate([int(one.new.any(axis=1).sum()) for one in past])
    if refused:
        return {"refusal": refused.as_json()}
    chosen = judging.choose_discovery(past[0], step)
    rows = judging.judge_discovery(past[1:], chosen, step)
    around = space(lines)
    made.discovery = _discovered(world, lines, around, chosen)
    return {
        "refusal": None, "chosen": chosen.method, "given": dict(chosen.given), "half_life": chosen.half_life,
        "season": chosen.season, "tried": chosen.tried, "chosen_on": past[0].day, "best_of": dict(chosen.best_of), "rows": rows,
    }  # fmt: skip


def _discovered(world: World, lines: Lines, around: Space, chosen: judging.Choice) -> dict[int, bytes]:
    return lists.discovery(
        around, chosen.weights(around), lines.items, world.until, half_life=chosen.half_life,
        season=judging.seasonal(lines, world.until, chosen.season), shared=(around.bought.T @ around.bought).tocsr(),
    )  # fmt: skip


def _most_bought(lines: Lines) -> Lines:
    """Return the lines of the products that most sales hold, renumbered."""
    often = np.bincount(lines.product, minlength=len(lines.items))
    kept = np.sort(np.argsort(-often, kind="stable")[:MOST_PRODUCTS])
    kept = kept[often[kept] > 0]
    place = np.full(len(lines.items), -1)
    place[kept] = np.arange(len(kept))
    mine = lines.where(place[lines.product] >= 0)
    return Lines(mine.order, mine.customer, place[mine.product], mine.day, lines.items[kept])
