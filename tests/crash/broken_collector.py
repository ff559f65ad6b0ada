"""``shuke up`` with a collector that is broken on purpose: what a test that proves something must notice.

python -m tests.crash.broken_collector answers_first|forgets_messages up --port N
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any


def answers_first() -> None:
    """Say that a request is safe, and only then write it."""
    from shuke.cdp.ingest.actions import receiving

    def deal_with(self: receiving.Writer, group: list[receiving.Parcel]) -> None:
        self._tell(group, None)
        time.sleep(0.05)  # the answer leaves
        receiving.write(group)
        receiving.INBOX_BELL.ring()

    receiving.Writer._deal_with = deal_with  # type: ignore[method-assign]


def forgets_messages() -> None:
    """Take every message for a new one."""
    from shuke.cdp.ingest.actions import keeping

    def only_new(items: Sequence[Any], _kept: Any) -> list[Any]:
        return list(items)

    def receipt(_self: Any, _item: Any) -> None:
        """Remember nothing."""

    keeping.only_new = only_new
    keeping.Kept.receipt = receipt  # type: ignore[method-assign]


VARIANTS: dict[str, Callable[[], None]] = {"answers_first": answers_first, "forgets_messages": forgets_messages}


def main() -> None:
    """Break what was asked for as soon as Django is there, and run the command."""
    import django

    from shuke.cli.main import run

    variant = VARIANTS[sys.argv.pop(1)]
    setup = django.setup

    def break_it(*arguments: Any, **named: Any) -> None:
        setup(*arguments, **named)
        variant()

    django.setup = break_it
    run()


if __name__ == "__main__":
    main()
