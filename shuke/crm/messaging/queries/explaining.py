"""Why somebody got a message or did not: the gate's clauses in order, with what each one found."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shuke.crm.messaging.models import SendDecision
from shuke.crm.messaging.queries import decisions_of

_NAMES = {
    "stops": _("Nothing is stopped"),
    "time": _("It is not too late for it"),
    "template": _("The template may be used"),
    "person": _("The customer is there"),
    "address": _("There is an address that works"),
    "suppression": _("The address is not on a do-not-contact list"),
    "consent": _("They agreed to it"),
    "rights": _("Nothing they asked for speaks against it"),
    "notice": _("What they agreed to still stands"),
    "caps": _("They are not written to too often"),
    "window": _("The channel is open for it"),
    "legal": _("It says what the law asks for"),
    "duplicate": _("They did not get the same before"),
    "hours": _("It is not quiet hours where they are"),
    "arbitration": _("Nothing worth more wants the same slot"),
}
_CLAUSE_OF = {
    "stopped": "stops", "expired": "time", "unknown_template": "template", "wrong_channel": "template",
    "no_customer": "person", "erased": "person", "no_address": "address", "unusable": "address",
    "suppressed": "suppression", "consent": "consent", "never_asked": "consent", "restricted": "rights",
    "under_age": "rights", "paused": "rights", "notice_retired": "notice", "frequency_cap": "caps", "channel_window": "window",
    "legal_text": "legal", "duplicate": "duplicate", "same_template": "duplicate", "quiet_hours": "hours",
    "arbitration": "arbitration", "gate_failed": "stops",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """One question of the gate, whether it was passed, and by which reasons it was not."""

    code: str
    label: str
    is_passed: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision with every clause."""

    decision: SendDecision
    clauses: list[Clause]

    @property
    def failed(self) -> list[Clause]:
        """Return the clauses that stood in the way."""
        return [one for one in self.clauses if not one.is_passed]


def explained(decision: SendDecision) -> Explained:
    """Return a decision clause by clause, as it was taken then."""
    by_clause: dict[str, list[str]] = {}
    for reason in decision.reasons:
        by_clause.setdefault(clause_of(reason), []).append(reason)
    clauses = [
        Clause(code, str(label), code not in by_clause, tuple(by_clause.get(code, ())))
        for code, label in _NAMES.items()
    ]
    return Explained(decision, clauses)


def clause_of(reason: str) -> str:
    """Return the clause that a reason belongs to; what no clause knows is of the template.

    >>> clause_of("suppressed:all"), clause_of("consent:never_asked"), clause_of("template_archived")
    ('suppression', 'consent', 'template')
    """
    return _CLAUSE_OF.get(reason, _CLAUSE_OF.get(reason.partition(":")[0], "template"))


def clause_words(clause: str) -> str:
    """Return what a clause asks, in words."""
    return str(_NAMES.get(clause, clause))


def why(customer_id: int, cause_kind: str, cause_id: int, step: str | None = None) -> Sequence[Explained]:
    """Return why a person got what a cause wanted to send, or did not: the latest decision first.

    () where nobody ever asked for it: then the cause itself did not choose them.
    """
    return [explained(one) for one in decisions_of(customer_id, cause_kind, cause_id, step)]
