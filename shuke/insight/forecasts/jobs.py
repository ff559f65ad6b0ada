"""Background work of forecasts."""

from contextlib import suppress

from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.forecasts.actions import running
from shuke.platform.jobs.children import Cancelled, Watch
from shuke.platform.jobs.context import JobContext


def refresh(context: JobContext, **_: object) -> None:
    """Forecast everything anew and tell what is unusual. Starts over after a crash: an unfinished run is never shown."""
    now = context.now()
    warehouse.catch_up(now=now)
    with suppress(Cancelled):
        running.run(
            now=now, watch=Watch(lambda done, total, _note: context.progress(done, total), context.is_cancelled)
        )
