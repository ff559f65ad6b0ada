"""Background work of value."""

from typing import Any

from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.value import actions
from shuke.kernel.clock import utcnow

_PASSES = 3


def recompute(context: Any, **_: Any) -> None:
    """Bring the warehouse up to date and score everyone; again if the log moved on meanwhile.

    While this job runs its dedupe key keeps others from being queued, so what arrives during it is ours to notice.
    """
    for _pass in range(_PASSES):
        position = events.last_position()
        warehouse.catch_up(now=utcnow())
        actions.recompute(now=utcnow(), progress=context.progress)
        if events.last_position() == position:
            return
