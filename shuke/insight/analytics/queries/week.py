"""One week, and what was notable about it."""

from dataclasses import dataclass
from datetime import timedelta

from shuke.insight.analytics import rules
from shuke.insight.analytics.queries import products, sales
from shuke.insight.analytics.queries.products import ProductFigures
from shuke.insight.analytics.queries.sales import Buyers, Takings
from shuke.insight.analytics.rules import Period, Scope, Step

COMPARED_PRODUCTS = 300
BEST = 8


@dataclass(frozen=True, slots=True)
class Mover:
    """A product that sold notably more or less than the week before."""

    product: ProductFigures
    now_minor: int
    then_minor: int


@dataclass(frozen=True, slots=True)
class Week:
    """The figures of a week beside those of the week before and the same week last year."""

    scope: Scope
    days: list[Takings]
    now: Takings
    before: Takings
    last_year: Takings
    buyers: Buyers
    buyers_before: Buyers
    items: float
    best: list[ProductFigures]
    risen: Mover | None
    fallen: Mover | None

    @property
    def busiest(self) -> Takings | None:
        """Return the day that took the most, None for a week without sales."""
        best = max(self.days, key=lambda day: day.gross_minor)
        return best if best.gross_minor > 0 else None


def week(scope: Scope) -> Week:
    """Return a week; seven questions to the warehouse."""
    before = scope.during(rules.before(scope.period))
    both = sales.takings(scope.during(Period(before.period.starts_on, scope.period.ends_on)))
    # Fifty-two weeks ago, so that weekdays meet.
    past = scope.during(_weeks_before(scope.period, 52))
    sold = products.products(scope, limit=COMPARED_PRODUCTS)
    sold_before = products.products(before, limit=COMPARED_PRODUCTS)
    risen, fallen = movers(sold, sold_before)
    return Week(
        scope=scope,
        days=sales.by_step(both, scope.period, Step.DAY),
        now=sales.summed(both, scope.period),
        before=sales.summed(both, before.period),
        last_year=sales.summed(sales.takings(past), past.period),
        buyers=sales.buyers(scope),
        buyers_before=sales.buyers(before),
        items=sales.items(scope),
        best=sold[:BEST],
        risen=risen,
        fallen=fallen,
    )


def movers(now: list[ProductFigures], then: list[ProductFigures]) -> tuple[Mover | None, Mover | None]:
    """Return the product whose net sales rose the most, and the one whose fell the most."""
    known = {each.product_id: each for each in [*then, *now]}
    net_now = {each.product_id: each.net_minor for each in now}
    net_then = {each.product_id: each.net_minor for each in then}
    moves = [Mover(each, net_now.get(key, 0), net_then.get(key, 0)) for key, each in known.items()]
    moves.sort(key=lambda mover: (mover.now_minor - mover.then_minor, -mover.product.product_id))
    risen = moves[-1] if moves and moves[-1].now_minor > moves[-1].then_minor else None
    fallen = moves[0] if moves and moves[0].now_minor < moves[0].then_minor else None
    return risen, fallen


def _weeks_before(period: Period, weeks: int) -> Period:
    shift = timedelta(weeks=weeks)
    return Period(period.starts_on - shift, period.ends_on - shift)
