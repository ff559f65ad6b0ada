"""Days are the company's: at midnight, when clocks change, on 29 February."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord
from shuke.insight.analytics.queries import sales, times
from shuke.insight.analytics.rules import Period, Scope
from shuke.platform.company import actions as company_actions


@pytest.mark.parametrize(
    ("zone", "placed_at", "day", "hour"),
    [
        ("Asia/Shanghai", datetime(2024, 2, 28, 15, 59, 59, tzinfo=UTC), date(2024, 2, 28), 23),
        ("Asia/Shanghai", datetime(2024, 2, 28, 16, 0, tzinfo=UTC), date(2024, 2, 29), 0),
        # New York puts its clocks forward on 10 March 2024 at two and back on 3 November at two.
        ("America/New_York", datetime(2024, 3, 10, 4, 59, 59, tzinfo=UTC), date(2024, 3, 9), 23),
        ("America/New_York", datetime(2024, 3, 10, 7, 0, tzinfo=UTC), date(2024, 3, 10), 3),
        ("America/New_York", datetime(2024, 3, 11, 3, 59, 59, tzinfo=UTC), date(2024, 3, 10), 23),
        ("America/New_York", datetime(2024, 11, 3, 5, 30, tzinfo=UTC), date(2024, 11, 3), 1),
        ("America/New_York", datetime(2024, 11, 3, 6, 30, tzinfo=UTC), date(2024, 11, 3), 1),
        ("America/New_York", datetime(2024, 11, 4, 4, 59, 59, tzinfo=UTC), date(2024, 11, 3), 23),
    ],
)
def test_an_order_counts_on_the_day_the_company_wrote(db, warehouse, now, zone, placed_at, day, hour):
    company_actions.found(name="Willow", currency="GBP", time_zone=zone, language="en", now=now)
    shop = company_actions.shop_named("Corner", now=now, currency="GBP")
    line = LineRecord(quantity=Decimal(1), unit_price=Decimal("9.99"))
    with transaction.atomic():
        by = Provenance(source=shop.code, actor="system:test", now=now, historical=True)
        orders.record(shop, [OrderRecord("A1", placed_at, "GBP", [line])], by=by)
    warehouse.catch_up(now=now)

    extent = sales.extent()
    period = Period(day, date.fromordinal(day.toordinal() + 1))

    assert extent == sales.Extent(day, day)
    (taken,) = sales.takings(Scope(period))
    assert (taken.gross_minor, taken.guest_orders) == (999, 1)
    assert times.week(Scope(period))[day.weekday()][hour].orders == 1
