"""A thin subclass of Django's SQLite backend.

Write transactions begin IMMEDIATE (a deferred one that reads first and then writes fails at once under
contention) and hold the process-wide gate of their database file until they end. Single statements outside a
transaction pass the same gate. Reading never waits.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base, operations
from typing_extensions import override

from shuke.platform.db.gate import FairGate

Database = base.Database  # type: ignore[attr-defined]  # Django looks it up on every backend

_gates: dict[str, FairGate] = defaultdict(FairGate)
_gates_guard = threading.Lock()
_READS = ("SELECT", "PRAGMA", "EXPLAIN", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK", "VALUES")


def _gate_for(database: str) -> FairGate:
    with _gates_guard:
        return _gates[database]


class DatabaseOperations(operations.DatabaseOperations):
    """SQLite's operations, with a flush that gets past append-only tables (see ``append_only``), as TRUNCATE does."""

    @override
    def sql_flush(self, style: Any, tables: Any, **options: Any) -> list[str]:
        """Return the statements that empty tables: triggers step aside meanwhile."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
            guards = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
        return [
            *(f"DROP TRIGGER {self.quote_name(name)}" for name, _sql in guards),
            *super().sql_flush(style, tables, **options),
            *(sql for _name, sql in guards),
        ]


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite connection whose writers take turns."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._holds_gate = False

    @property
    def gate(self) -> FairGate:
        """The gate of the database file, which a test database changes after the connection was made."""
        return _gate_for(str(self.settings_dict["NAME"]))

    def enter_gate(self) -> None:
        """Wait for our turn to write, as long as SQLite's own busy timeout would."""
        timeout = float(self.settings_dict.get("OPTIONS", {}).get("timeout", 30))
        if not self.gate.acquire(timeout):
            raise OperationalError("database is busy: waited too long for our turn to write")

    def _start_transaction_under_autocommit(self) -> None:
        self.enter_gate()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # private, so not in the stubs
        except BaseException:
            self.gate.release()
            raise
        self._holds_gate = True

    def _leave_gate(self) -> None:
        if self._holds_gate:
            self._holds_gate = False
            self.gate.release()

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._leave_gate()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_gate()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave_gate()

    @override
    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that takes the gate for single write statements outside a transaction."""
        cursor = self.connection.cursor(factory=_GatedCursor)
        cursor.wrapper = self
        return cursor


class _GatedCursor(base.SQLiteCursorWrapper):
    wrapper: DatabaseWrapper

    @override
    def execute(self, query: str, params: Any = None) -> Any:
        if self.wrapper.in_atomic_block or _is_read(query):
            return super().execute(query, params)
        self.wrapper.enter_gate()
        try:
            return super().execute(query, params)
        finally:
            self.wrapper.gate.release()

    @override
    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        if self.wrapper.in_atomic_block:
            return super().executemany(query, param_list)
        self.wrapper.enter_gate()
        try:
            return super().executemany(query, param_list)
        finally:
            self.wrapper.gate.release()


def _is_read(query: str) -> bool:
    return query.lstrip()[:10].upper().startswith(_READS)
