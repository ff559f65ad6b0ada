"""A migration step that makes the database itself refuse to change or remove the rows of a table."""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations.base import Operation
from typing_extensions import override

_MAKE = {
    "sqlite": (
        (
            "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        ),
        (
            "CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} "
            "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        ),
        (
            "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        ),
        (
            "CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        ),
    ),
}
_UNDO = {
    "sqlite": ("DROP TRIGGER {table}_no_update", "DROP TRIGGER {table}_no_delete"),
    "postgresql": (
        "DROP TRIGGER {table}_no_update ON {table}",
        "DROP TRIGGER {table}_no_delete ON {table}",
        "DROP FUNCTION {table}_append_only()",
    ),
}


class AppendOnly(Operation):
    """Refuse DELETE, and UPDATE of every column that is not in ``may_change``.

    To be repeated by any later migration that changes the table: SQLite then makes the table anew, without triggers.
    """

    reversible = True

    def __init__(self, model_name: str, may_change: Sequence[str] = ()) -> None:
        self.model_name, self.may_change = model_name, tuple(may_change)

    @override
    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    @override
    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run(_MAKE, schema_editor, to_state.apps.get_model(app_label, self.model_name))

    @override
    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run(_UNDO, schema_editor, from_state.apps.get_model(app_label, self.model_name))

    def _run(self, statements: dict[str, tuple[str, ...]], schema_editor: Any, model: Any) -> None:
        table = model._meta.db_table
        kept = [field for field in model._meta.concrete_fields if field.name not in self.may_change]
        columns = ", ".join(schema_editor.quote_name(field.column) for field in kept)
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(table=table, columns=columns), params=None)

    @override
    def describe(self) -> str:
        return f"Make {self.model_name} append-only"
