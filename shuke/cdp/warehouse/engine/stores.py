"""What an engine must be able to do, and the ticket by which a running query is called off."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol

import pyarrow as pa

from shuke.cdp.warehouse.rules import Load

# By what events may be taken out again.
EventColumn = Literal["import_id", "position", "customer_id", "identity_id"]


class Ticket:
    """Calls a query off from another thread, before or while it runs."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self.is_cancelled = False
        self.is_late = False

    def cancel(self) -> None:
        """Stop the query as soon as the engine notices; a no-op once it has finished."""
        with self._guard:
            self.is_cancelled = True
            if self._interrupt is not None:
                self._interrupt()

    def expire(self) -> None:
        """Stop the query because its time is up."""
        with self._guard:
            if self._interrupt is not None:
                self.is_late = True
                self._interrupt()

    def begin(self, interrupt: Callable[[], None]) -> None:
        """Say how the query that starts now can be interrupted."""
        with self._guard:
            self._interrupt = interrupt

    def end(self) -> None:
        """Say that nothing runs any more, so that a late interrupt cannot hit the thread's next query."""
        with self._guard:
            self._interrupt = None


class Batch(Protocol):
    """One transaction of the warehouse: all of it becomes visible at once, or none."""

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows."""
        ...

    def replace(self, table: str, key: str, keys: Sequence[int], rows: pa.Table) -> None:
        """Remove the rows whose ``key`` is among ``keys`` and add ``rows``."""
        ...

    def drop_events(self, column: EventColumn, values: Sequence[int]) -> None:
        """Remove the events in which ``column`` has one of these values."""
        ...

    def reassign(self, owners: pa.Table) -> None:
        """Write into the events whose they are: ``owners`` has an ``identity_id`` and its ``customer_id`` (NULL: nobody's)."""
        ...

    def tidy(self, month: str) -> None:
        """Put the events of a month, such as ``2024-06``, into the order of customer and time."""
        ...

    def overwrite(self, table: str, rows: pa.Table) -> None:
        """Make ``rows`` the whole content of a table."""
        ...

    def overwrite_by_query(self, table: str, sql: str) -> int:
        """Make the result of a query the whole content of a table, without fetching it; return how many rows."""
        ...

    def mark(self, load: Load) -> None:
        """Remember how far the log has been read."""
        ...


class Store(Protocol):
    """An opened warehouse."""

    dialect: str

    @property
    def version(self) -> str:
        """A text that differs whenever anything was written."""
        ...

    def query(self, sql: str, *, timeout: float, ticket: Ticket | None = None) -> pa.Table:
        """Run a query and return everything it yields. Raises the refusals of ``errors``."""
        ...

    def pick(self, table: str, among: Mapping[str, Sequence[int] | Sequence[str]], *, timeout: float) -> pa.Table:
        """Return the rows of a table in which each of these columns has one of its values, however many those are."""
        ...

    def load(self) -> Load:
        """Return how far this warehouse has read the log."""
        ...

    def untidy(self, until: str) -> list[str]:
        """Return the months before ``until`` whose events are not in the order of customer and time, oldest first."""
        ...

    def batch(self) -> AbstractContextManager[Batch]:
        """Open the one write transaction; others wait for it. Readers see the state before, then the state after."""
        ...

    def shadow(self) -> AbstractContextManager["Store"]:
        """Open an empty warehouse beside this one, which takes this one's place if the block ends well."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
