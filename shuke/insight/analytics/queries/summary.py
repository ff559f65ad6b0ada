"""How the company did lately, in the few figures its owner looks at first."""

from dataclasses import dataclass
from datetime import timedelta

from shuke.insight.analytics import rules
from shuke.insight.analytics.queries import products, sales
from shuke.insight.analytics.queries.products import ProductFigures
from shuke.insight.analytics.queries.sales import Buyers, Extent, Takings
from shuke.insight.analytics.queries.week import Mover, movers
from shuke.insight.analytics.rules import Period, Scope, Step
from shuke.insight.value import queries as value

COMPARED_PRODUCTS = 300
BEST = 5


@dataclass(frozen=True, slots=True)
class Summary:
    """The last days of data beside as many before them."""

    extent: Extent
    now: Takings
    then: Takings
    days: list[Takings]
    days_before: list[Takings]
    buyers: Buyers
    buyers_then: Buyers
    best: list[ProductFigures]
    risen: Mover | None
    has_comparison: bool

    def change(self, name: str) -> float | None:
        """Return how a figure of ``now`` changed; None where the time before holds nothing to compare with."""
        return rules.change(getattr(self.now, name), getattr(self.then, name)) if self.has_comparison else None

    def change_of_buyers(self, name: str) -> float | None:
        """Return how a figure of ``buyers`` changed."""
        return (
            rules.change(getattr(self.buyers, name), getattr(self.buyers_then, name)) if self.has_comparison else None
        )

    @staticmethod
    def is_notable(change: float | None) -> bool:
        """Whether a change deserves a sentence."""
        return change is not None and abs(change) >= rules.NOTABLE_CHANGE


def lately(days: int = rules.DEFAULT_DAYS) -> Summary | None:
    """Return the summary of the last ``days`` days of data, None while there is none.

    Remembered until the warehouse changes.
    """
    return value.remembered(f"summary:{days}", lambda: _lately(days))


def _lately(days: int) -> Summary | None:
    extent = sales.extent()
    if extent is None:
        return None
    ends_on = extent.last_on + timedelta(days=1)
    period = Period(ends_on - timedelta(days=days), ends_on)
    scope, before = Scope(period), Scope(rules.before(period))
    both = sales.takings(Scope(Period(before.period.starts_on, ends_on)))
    sold = products.products(scope, limit=COMPARED_PRODUCTS)
    risen, _fallen = movers(sold, products.products(before, limit=COMPARED_PRODUCTS))
    return Summary(
        extent=extent,
        now=sales.summed(both, period),
        then=sales.summed(both, before.period),
        days=sales.by_step(both, period, Step.DAY),
        days_before=sales.by_step(both, before.period, Step.DAY),
        buyers=sales.buyers(scope),
        buyers_then=sales.buyers(before),
        best=sold[:BEST],
        risen=risen,
        has_comparison=extent.first_on <= before.period.starts_on,
    )
