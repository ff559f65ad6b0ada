"""``shuke stats``: how much of everything there is."""

from typing import Any

import typer

from shuke.cli.handing import perform
from shuke.cli.output import AsJson, print_facts, print_json


def stats(as_json: AsJson = False) -> None:
    """Show how many customers, orders and events there are, and what they come to."""
    found = perform("stats", {}, title="Counting")
    if as_json:
        print_json(found)
        return
    print_facts({name: f"{value:,}" for name, value in found.items() if isinstance(value, int)})
    for currency, money in found["currencies"].items():
        typer.echo(f"\n{currency}, in minor units")
        print_facts({name.removesuffix("_minor"): f"{value:,}" for name, value in money.items()})


def compute(_arguments: dict[str, Any], _report: Any) -> dict[str, Any]:
    """Count. Amounts are in minor units; gross − refunds + adjustments = net."""
    from shuke.cdp.customers import queries as customers
    from shuke.cdp.events import queries as events
    from shuke.cdp.orders import queries as orders
    from shuke.cdp.warehouse import queries as warehouse
    from shuke.insight.segments import queries as segments

    found = orders.stats()
    return {
        "customers": customers.count(),
        "buyers": found.buyers,
        "orders": found.orders,
        "guest_orders": found.guest_orders,
        "returns": found.returns,
        "adjustments": found.adjustments,
        "lines": found.lines,
        "currencies": found.currencies,
        "events": events.count(),
        "segments": segments.count(),
        "warehouse_lag": warehouse.lag(),
    }
