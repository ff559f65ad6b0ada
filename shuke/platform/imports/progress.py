"""What long work reports to, and how it is asked to stop."""

from typing import Protocol


class Progress(Protocol):
    """What long work reports to: a job's context, or the command line's."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Say how far we are; ``total`` 0 means unknown."""

    def is_cancelled(self) -> bool:
        """Whether somebody asked us to stop."""
        ...


class Cancelled(Exception):
    """Somebody asked us to stop while the file was read."""


class Silent:
    """Progress nobody watches."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Do nothing."""

    def is_cancelled(self) -> bool:
        """Return False."""
        return False
