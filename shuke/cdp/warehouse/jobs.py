"""Background work of the warehouse."""

from typing import Any

from shuke.cdp.warehouse import actions
from shuke.kernel.clock import utcnow


def rebuild(context: Any, **_: Any) -> None:
    """Make the warehouse anew while the old one answers. Starts over after a crash: nothing was swapped in."""
    actions.rebuild(now=utcnow(), progress=context.progress)
