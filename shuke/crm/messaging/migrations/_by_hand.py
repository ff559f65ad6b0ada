"""What the database itself refuses: to change a decision, and to let a message leave without one that allows it."""

from typing import Any

from django.db.migrations.operations.base import Operation
from typing_extensions import override

from shuke.platform.db.append_only import AppendOnly

_MAKE = {
    "sqlite": (
        """
        CREATE TRIGGER messaging_message_born_approved BEFORE INSERT ON messaging_message
        WHEN NEW.state <> 'approved' OR NOT EXISTS (
            SELECT 1 FROM messaging_senddecision d WHERE d.id = NEW.decision_id AND d.result = 'allow' AND d.key = NEW.key
        )
        BEGIN SELECT RAISE(ABORT, 'messaging_message: no decision allows this message'); END
        """,
        """
        CREATE TRIGGER messaging_message_leaves_allowed BEFORE UPDATE OF state ON messaging_message
        WHEN NEW.state IN ('sending', 'accepted', 'unknown') AND OLD.state NOT IN ('sending', 'accepted', 'unknown')
            AND NOT (NEW.state = 'sending' AND OLD.state = 'claimed' AND EXISTS (
                SELECT 1 FROM messaging_senddecision d WHERE d.id = NEW.decision_id AND d.result = 'allow'
                    AND d.stage = 'claim' AND d.key = NEW.key AND d.expires_at > NEW.sent_at
            ))
        BEGIN SELECT RAISE(ABORT, 'messaging_message: no decision allows this message to leave'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION messaging_message_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.state <> 'approved' OR NOT EXISTS (
                    SELECT 1 FROM messaging_senddecision d WHERE d.id = NEW.decision_id AND d.result = 'allow' AND d.key = NEW.key
                ) THEN
                    RAISE EXCEPTION 'messaging_message: no decision allows this message'
                        USING ERRCODE = 'integrity_constraint_violation';
                END IF;
            ELSIF NEW.state IN ('sending', 'accepted', 'unknown') AND OLD.state NOT IN ('sending', 'accepted', 'unknown')
                AND NOT (NEW.state = 'sending' AND OLD.state = 'claimed' AND EXISTS (
                    SELECT 1 FROM messaging_senddecision d WHERE d.id = NEW.decision_id AND d.result = 'allow'
                        AND d.stage = 'claim' AND d.key = NEW.key AND d.expires_at > NEW.sent_at
                )) THEN
                RAISE EXCEPTION 'messaging_message: no decision allows this message to leave'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER messaging_message_gate BEFORE INSERT OR UPDATE OF state ON messaging_message
        FOR EACH ROW EXECUTE FUNCTION messaging_message_gate()
        """,
    ),
}
_UNDO = {
    "sqlite": (
        "DROP TRIGGER messaging_message_leaves_allowed",
        "DROP TRIGGER messaging_message_born_approved",
    ),
    "postgresql": (
        "DROP TRIGGER messaging_message_gate ON messaging_message",
        "DROP FUNCTION messaging_message_gate()",
    ),
}


class GateInTheDatabase(Operation):
    """Refuse messages that no decision allows, whoever writes them.

    To be undone before and repeated after any later migration that changes the tables of messages or decisions.
    """

    reversible = True

    @override
    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    @override
    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for statement in _MAKE[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    @override
    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for statement in _UNDO[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    @override
    def describe(self) -> str:
        return "Let no message leave without a decision"


class NoGate(GateInTheDatabase):
    """Take the triggers away, so that tables can be changed; ``GateInTheDatabase`` follows."""

    @override
    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    @override
    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)


OPERATIONS = [
    AppendOnly("SendDecision", may_change=("customer",)),
    AppendOnly("PolicyVersion"),
    GateInTheDatabase(),
]
