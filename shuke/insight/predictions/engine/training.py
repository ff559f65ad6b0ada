"""Learning and judging every prediction, and scoring everybody: from Arrow tables to plain values and Arrow tables."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shuke.insight.predictions import rules
from shuke.insight.predictions.engine import bgnbd, chances, design, habits, ltv, metrics, nextorder, price, replenish
from shuke.insight.predictions.engine.season import EPOCH
from shuke.insight.predictions.rules import Extent, Refusal

Floats = NDArray[np.float64]
Tell = Callable[[int, int, str], None]
Columns = dict[str, Any]
# What drift is watched in.
WATCHED = ("recency", "x", "orders_90", "average", "refund_share", "discount_share", "visits_30", "age")
_PROFILE = np.linspace(0, 1, 201)
REASONS = 3
_LEAST_REASON = 0.1


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is looked at; tables as columns by name, snapshots by day."""

    extent: Extent
    snapshots: Mapping[date, dict[str, Floats]]
    now: dict[str, Floats]
    purchases: Columns = field(default_factory=dict)
    product_days: Columns = field(default_factory=dict)
    pairs: Columns = field(default_factory=dict)
    panel: Columns = field(default_factory=dict)
    hours: Columns = field(default_factory=dict)
    channels: Columns = field(default_factory=dict)
    reduced: Columns = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What became of one prediction: a model with its report, or why there is none."""

    kind: str
    refusal: Refusal | None = None
    report: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it in plain values."""
        return {
            "kind": self.kind, "refusal": asdict(self.refusal) if self.refusal else None, "report": self.report,
            "model": self.model,
        }  # fmt: skip


def train(world: World, tell: Tell) -> list[Outcome]:
    """Learn and judge every prediction; one that cannot be made says why and leaves the others alone."""
    steps: list[tuple[str, Callable[[World], Outcome]]] = [
        (rules.CHURN, lambda given: _chance(given, rules.CHURN, rules.CHURN_DAYS)),
        (rules.PROPENSITY, lambda given: _chance(given, rules.PROPENSITY, rules.PROPENSITY_DAYS)),
        (rules.NEXT_ORDER, _next_order),
        (rules.LTV, _ltv),
        (rules.REPLENISHMENT, _replenishment),
        (rules.TIMING, _timing),
        (rules.PRICE, _price),
    ]
    found = []
    for number, (kind, make) in enumerate(steps):
        tell(number, len(steps) + 1, kind)
        found.append(make(world))
    return found


def _short(world: World, ahead: int) -> Refusal | None:
    needs = rules.days_needed(ahead)
    if world.extent.days < needs:
        return Refusal("short_history", {"has": world.extent.days, "needs": needs})
    return None


def _chance(world: World, kind: str, ahead: int) -> Outcome:
    trials = rules.trials(world.extent, ahead)
    if not trials:
        return Outcome(kind, _short(world, ahead) or Refusal("few_trials"))
    lessons = rules.lessons(world.extent, world.extent.until, ahead)
    for days in [lessons, *((trial.cutoff,) for trial in trials), *(trial.learns_from for trial in trials)]:
        refused = chances.refusal(chances.present(chances.stacked(world.snapshots, days)), ahead)
        if refused is not None:
            return Outcome(kind, refused)
    rows, calibration, chosen = chances.backtest(world.snapshots, trials, ahead, leaving=kind == rules.CHURN)
    lesson = chances.present(chances.stacked(world.snapshots, lessons))
    model = chances.learn(lesson, ahead, chosen[0], plain=chosen[1])
    model["profile"] = profile(lesson)
    report = {
        "rows": rows, "calibration": calibration, "variants": len(chances.VARIANTS), "learned_from": _days(lessons),
        "chosen": {"ridge": chosen[0], "plain": chosen[1]}, "weights": _weights(model, lesson),
        "drift": drift(model["profile"], chances.present(world.now)), "people": len(lesson["recency"]),
    }  # fmt: skip
    return Outcome(kind, report=report, model=model)


def _weights(model: Mapping[str, Any], found: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """Return how far each theme moves people apart: the spread of what it adds to their log-odds."""
    spread = chances.themes(model, found).std(axis=0)
    pairs = [
        {"theme": theme, "weight": float(value)}
        for theme, value in zip(design.THEMES, spread, strict=True)
        if value > 0
    ]
    return sorted(pairs, key=lambda pair: -pair["weight"])


def _next_order(world: World) -> Outcome:
    trials = rules.trials(world.extent, nextorder.AHEAD)
    if not trials:
        return Outcome(rules.NEXT_ORDER, _short(world, nextorder.AHEAD) or Refusal("few_trials"))
    lessons = rules.lessons(world.extent, world.extent.until, nextorder.AHEAD)
    for days in [lessons, *((trial.cutoff,) for trial in trials), *(trial.learns_from for trial in trials)]:
        has = len(nextorder.buying(chances.present(chances.stacked(world.snapshots, days)))["recency"])
        if has < rules.LEAST_REPEATING:
            return Outcome(rules.NEXT_ORDER, Refusal("few_repeating", {"has": has, "needs": rules.LEAST_REPEATING}))
    rows, calibration, ridge = nextorder.backtest(world.snapshots, trials)
    lesson = nextorder.buying(chances.present(chances.stacked(world.snapshots, lessons)))
    model = nextorder.learn(lesson, ridge)
    model["profile"] = profile(lesson)
    report = {
        "rows": rows, "calibration": calibration, "variants": nextorder.VARIANTS, "chosen": {"ridge": ridge},
        "learned_from": _days(lessons), "people": len(lesson["recency"]),
        "drift": drift(model["profile"], chances.present(world.now)),
    }  # fmt: skip
    return Outcome(rules.NEXT_ORDER, report=report, model=model)


def _ltv(world: World) -> Outcome:
    chosen = rules.spans(world.extent)
    if chosen is None:
        return Outcome(rules.LTV, _short(world, rules.SPANS[-1]) or Refusal("few_trials"))
    judged, learned = chosen
    trials = rules.trials(world.extent, judged, learned_ahead=learned)
    for trial in trials:
        found = world.snapshots[trial.cutoff]
        if not found["gross_minor"].sum() > found["refunds_minor"].sum():
            return Outcome(rules.LTV, Refusal("nothing_kept"))
        if (has := int((found["x"] > 0).sum())) < rules.LEAST_REPEATING:
            return Outcome(rules.LTV, Refusal("few_repeating", {"has": has, "needs": rules.LEAST_REPEATING}))
    repeats = _repeats(world.purchases)
    tried = ltv.backtest(world.snapshots, trials, judged, learned, repeats=repeats, start=world.extent.first_on)
    lessons = rules.lessons(world.extent, world.extent.until, learned)
    sampled = _of_sample(world)
    model = ltv.learn(
        world.snapshots, lessons, sampled, cutoff=world.extent.until, variant=tried["variant"], learned=learned
    )
    months = ltv.seasonal_of(model["base"], sampled, repeats, world.extent.first_on, world.extent.until)
    model |= {
        "steps": tried["steps"], "months": months, "profile": profile(sampled),
        "season": ltv.season_ahead(months, lessons, world.extent.until, learned, rules.LTV_DAYS),
    }  # fmt: skip
    report = {
        "rows": tried["rows"], "calibration": tried["calibration"], "variants": len(ltv.VARIANTS),
        "chosen": {"variant": tried["variant"]}, "judged_days": judged, "learned_days": learned, "months": months,
        "season": model["season"], "learned_from": _days(lessons), "people": len(sampled["x"]),
        "base": {key: model["base"][key] for key in ("bgnbd", "worth", "degenerate", "refunded", "fading")},
        "drift": drift(model["profile"], world.now),
    }  # fmt: skip
    return Outcome(rules.LTV, report=report, model=model)


def _of_sample(world: World) -> dict[str, Floats]:
    kept = world.now["customer_id"].astype(np.int64) % world.extent.one_in == 0
    return {name: values[kept] for name, values in world.now.items()}


def _repeats(purchases: Columns) -> Floats:
    """Return the days of all purchases after the first, one per customer and day."""
    if not len(purchases.get("day", ())):
        return np.zeros(0)
    order = np.lexsort((purchases["day"], purchases["customer_id"]))
    who, day = purchases["customer_id"][order], purchases["day"][order]
    later = (who[1:] == who[:-1]) & (day[1:] != day[:-1])
    return np.asarray(day[1:][later], dtype=float)


def _replenishment(world: World) -> Outcome:
    who, what, when = (world.product_days.get(name, np.zeros(0, int)) for name in ("customer_id", "product_id", "day"))
    products, gap, _, _ = replenish.gaps(who, what, when)
    if len(gap) < replenish.LEAST_REPEATS:
        facts: dict[str, float | int | str] = {"has": len(gap), "needs": replenish.LEAST_REPEATS}
        return Outcome(rules.REPLENISHMENT, Refusal("few_repurchases", facts))
    rows = replenish.backtest(who, what, when, world.extent.until)
    if rows is None:
        return Outcome(rules.REPLENISHMENT, Refusal("few_trials"))
    clock = replenish.clocks(products, gap)
    top: list[int] = np.argsort(-np.asarray(clock["counts"]))[:20].tolist() if clock["counts"] else []
    shown = [
        {"product_id": clock["products"][at], "gap": clock["gaps"][at], "count": clock["counts"][at]} for at in top
    ]
    report = {
        "rows": rows, "variants": 1, "products": len(clock["products"]), "crowd": clock["crowd"], "shown": shown,
        "people": len(np.unique(who)),
    }  # fmt: skip
    return Outcome(rules.REPLENISHMENT, report=report, model={"clock": clock})


def _timing(world: World) -> Outcome:
    given = world.purchases
    if not len(given.get("day", ())):
        return Outcome(rules.TIMING, Refusal("no_sales"))
    hours = given["hour"].astype(np.int64)
    if len(np.unique(hours)) == 1:
        return Outcome(rules.TIMING, Refusal("one_hour", {"hour": int(hours[0])}))
    tried = habits.backtest(given["customer_id"], given["day"], hours, world.extent.until)
    if tried is None:
        return Outcome(rules.TIMING, Refusal("few_trials"))
    rows, pull = tried
    crowd = np.bincount(hours, minlength=habits.HOURS)
    names, codes = np.unique(given["channel"].astype(str), return_inverse=True)
    report: dict[str, Any] = {
        "rows": rows, "variants": len(habits.PULLS), "chosen": {"pull": pull}, "hours": (crowd / crowd.sum()).tolist(),
        "people": len(np.unique(given["customer_id"])), "channels": None,
    }  # fmt: skip
    if len(names) > 1:
        counted = np.bincount(codes, minlength=len(names))
        report["channels"] = {
            "rows": habits.channel_rows(
                given["customer_id"],
                given["day"],
                codes,
                size=len(names),
                until=world.extent.until,
                pull=habits.PULLS[0],
            ),
            "shares": [
                {"channel": str(name), "share": float(count / len(codes))}
                for name, count in zip(names, counted, strict=True)
            ],
        }
    model = {"pull": pull, "channels": [str(name) for name in names] if len(names) > 1 else []}
    return Outcome(rules.TIMING, report=report, model=model)


def _price(world: World) -> Outcome:
    given = world.purchases
    reduced = given.get("reduced", np.zeros(0)).astype(float)
    if not len(reduced) or not 0 < reduced.mean() < 1:
        return Outcome(rules.PRICE, Refusal("one_price"))
    tried = price.backtest(given["customer_id"], given["day"], reduced, world.extent.until)
    if tried is None:
        return Outcome(rules.PRICE, Refusal("few_trials"))
    rows, pull = tried
    products = price.elasticities(world.panel) if len(world.panel.get("week", ())) else None
    report = {
        "rows": rows, "variants": len(price.PULLS), "chosen": {"pull": pull}, "crowd": float(reduced.mean()),
        "products": products, "people": len(np.unique(given["customer_id"])),
    }  # fmt: skip
    return Outcome(rules.PRICE, report=report, model={"pull": pull, "crowd": float(reduced.mean())})


def profile(found: Mapping[str, Floats]) -> dict[str, list[float]]:
    """Return how what is watched was spread over those learned from."""
    return {name: np.quantile(values, _PROFILE).tolist() for name, values in _watched(found).items() if len(values)}


def drift(known: Mapping[str, Any], found: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """Return how far people differ today from those learned from, the furthest first."""
    rows = [
        {"what": name, "index": metrics.stability(np.asarray(known[name]), values)}
        for name, values in _watched(found).items()
        if name in known
    ]
    return sorted(rows, key=lambda row: -row["index"])


def _watched(found: Mapping[str, Floats]) -> dict[str, Floats]:
    gross = np.maximum(found["gross_minor"], 1.0)
    derived = {
        "average": found["gross_minor"] / (found["x"] + 1),
        "refund_share": np.clip(found["refunds_minor"] / gross, 0, 1),
        "discount_share": found["discount_minor"] / np.maximum(gross + found["discount_minor"], 1.0),
    }
    return {name: derived[name] if name in derived else found[name] for name in WATCHED}


def _days(days: tuple[date, ...]) -> list[str]:
    return [day.isoformat() for day in days]


# -- scoring


def score(world: World, models: Mapping[str, Mapping[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """Return everybody's scores, and what is due for whom; a prediction without a model leaves its columns empty."""
    now = world.now
    size = len(now["customer_id"])
    who = now["customer_id"].astype(np.int64)
    columns: dict[str, Any] = {"customer_id": pa.array(who)}
    columns |= _chance_columns(now, models, size)
    columns |= _next_columns(now, models.get(rules.NEXT_ORDER), world.extent.until, size)
    columns |= _ltv_columns(now, models.get(rules.LTV), size)
    columns |= _habit_columns(world, models.get(rules.TIMING), who)
    columns |= _price_columns(world, models.get(rules.PRICE), who)
    due = _due(world, models.get(rules.REPLENISHMENT))
    columns |= _due_columns(due, who)
    return pa.table(columns), due


def _chance_columns(now: dict[str, Floats], models: Mapping[str, Any], size: int) -> dict[str, Any]:
    gone = now["recency"] > rules.GONE_DAYS
    risk, propensity = np.full(size, np.nan), np.full(size, np.nan)
    reasons: list[str | None] = [None] * size
    if (model := models.get(rules.CHURN)) is not None:
        risk = np.where(gone, np.nan, 1 - chances.predict(model, now))
        reasons = _reasons(-chances.themes(model, now), gone)
    if (model := models.get(rules.PROPENSITY)) is not None:
        propensity = np.where(gone, np.nan, chances.predict(model, now))
    return {
        "churn_risk": _nullable(risk), "churn_reasons": pa.array(reasons, pa.string()), "propensity": _nullable(propensity),
    }  # fmt: skip


def _reasons(pushes: Floats, gone: NDArray[np.bool_]) -> list[str | None]:
    """Return, by customer, the themes that move the risk most, with their push, as ``recency:0.83 frequency:-0.41``."""
    order = np.argsort(-np.abs(pushes), axis=1)[:, :REASONS]
    sizes = np.take_along_axis(pushes, order, axis=1)
    names = design.THEMES
    return [
        None if is_gone else " ".join(
            f"{names[at]}:{push:.2f}" for at, push in zip(places, own, strict=True) if abs(push) >= _LEAST_REASON
        )
        for places, own, is_gone in zip(order.tolist(), sizes.tolist(), gone.tolist(), strict=True)
    ]  # fmt: skip


def _next_columns(now: dict[str, Floats], model: Mapping[str, Any] | None, until: date, size: int) -> dict[str, Any]:
    empty = pa.nulls(size, pa.date32())
    if model is None:
        return {"next_from": empty, "next_on": empty, "next_to": empty}
    gone = now["recency"] > rules.GONE_DAYS
    days = np.round(nextorder.predict(model, now)).astype(np.int32) + (until - EPOCH).days
    return {
        name: pa.array(days[:, place].astype(np.int32), mask=gone).cast(pa.date32())
        for place, name in enumerate(("next_from", "next_on", "next_to"))
    }


def _ltv_columns(now: dict[str, Floats], model: Mapping[str, Any] | None, size: int) -> dict[str, Any]:
    if model is None:
        nothing = pa.nulls(size, pa.int64())
        return {"ltv_minor": nothing, "ltv_low": nothing, "ltv_high": nothing, "alive": pa.nulls(size, pa.float64())}
    worth = ltv.predict(model, now, rules.LTV_DAYS, model["season"])
    low, high = ltv.bounds(model["steps"], worth)
    fit = bgnbd.Fit(**model["base"]["bgnbd"])
    alive = np.full(size, np.nan) if fit.is_degenerate else bgnbd.alive(fit, now["x"], now["t_x"], now["age"])
    whole = {
        name: pa.array(np.round(value).astype(np.int64))
        for name, value in (("ltv_minor", worth), ("ltv_low", low), ("ltv_high", high))
    }
    return {**whole, "alive": _nullable(alive)}


def _habit_columns(world: World, model: Mapping[str, Any] | None, who: NDArray[np.int64]) -> dict[str, Any]:
    size = len(who)
    hour, hour_share = np.full(size, -1), np.full(size, np.nan)
    channel: list[str | None] = [None] * size
    channel_share = np.full(size, np.nan)
    if model is not None and len(world.hours.get("value", ())):
        given = world.hours
        people, best, share = habits.best(
            given["customer_id"],
            given["value"].astype(np.int64),
            given["orders"].astype(float),
            habits.HOURS,
            model["pull"],
        )
        place = np.searchsorted(people, who)
        hour, hour_share = best[place], share[place]
    if model is not None and model["channels"] and len(world.channels.get("value", ())):
        given, names = world.channels, np.asarray(model["channels"])
        known = np.isin(given["value"].astype(str), names)
        codes = np.searchsorted(names, given["value"].astype(str)[known])
        people, best, share = habits.best(
            given["customer_id"][known], codes, given["orders"][known].astype(float), len(names), habits.PULLS[0]
        )
        place = np.minimum(np.searchsorted(people, who), len(people) - 1)
        found = people[place] == who
        channel = np.where(found, names[best[place]], "").tolist()
        channel_share = np.where(found, share[place], np.nan)
    return {
        "best_hour": pa.array(hour.astype(np.int16), mask=hour < 0), "hour_share": _nullable(hour_share),
        "best_channel": pa.array([name or None for name in channel], pa.string()), "channel_share": _nullable(channel_share),
    }  # fmt: skip


def _price_columns(world: World, model: Mapping[str, Any] | None, who: NDArray[np.int64]) -> dict[str, Any]:
    leaning = np.full(len(who), np.nan)
    given = world.reduced
    if model is not None and len(given.get("orders", ())):
        order = np.argsort(given["customer_id"], kind="stable")
        people = given["customer_id"][order]
        found = price.leaning(
            given["orders"][order].astype(float), given["reduced"][order].astype(float), model["crowd"], model["pull"]
        )
        place = np.minimum(np.searchsorted(people, who), len(people) - 1)
        leaning = np.where(people[place] == who, found[place], np.nan)
    return {"reduced_share": _nullable(leaning)}


def _due(world: World, model: Mapping[str, Any] | None) -> pa.Table:
    if model is None or not len(world.pairs.get("customer_id", ())):
        kinds = dict.fromkeys(("customer_id", "product_id", "rank", "due", "last", "times"), pa.int64())
        return pa.schema([*kinds.items(), ("every", pa.float64())]).empty_table()
    return pa.table(replenish.due_items(model["clock"], world.pairs, world.extent.until))


def _due_columns(due: pa.Table, who: NDArray[np.int64]) -> dict[str, Any]:
    count, first = np.zeros(len(who), np.int64), np.full(len(who), np.iinfo(np.int64).max)
    if due.num_rows:
        place = np.searchsorted(who, due.column("customer_id").to_numpy())
        np.add.at(count, place, 1)
        np.minimum.at(first, place, due.column("due").to_numpy())
    days = np.where(count > 0, first, 0).astype(np.int32)
    return {"due_items": pa.array(count), "due_on": pa.array(days, mask=count == 0).cast(pa.date32())}


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def day_of(number: int) -> date:
    """Return the day that lies so many days after 1970.

    >>> day_of(1)
    datetime.date(1970, 1, 2)
    """
    return EPOCH + timedelta(days=number)
