"""Making, changing, declaring and archiving definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.attributes import errors, queries
from shuke.cdp.attributes.models import Attribute, State
from shuke.cdp.attributes.rules.kinds import PATTERNS, Kind, Limits, code_of
from shuke.platform.audit import actions as audit
from shuke.platform.jobs import actions as jobs
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

JOB = "attributes.reread"
MOST_CHOICES = 200
# What makes values read, sealed or ranked otherwise, so that those there are have to be looked at again.
_MOVES_VALUES = ("kind", "is_personal", "limits", "choices", "source_order", "state")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values to choose from: what is stored, and what it is called by language."""

    code: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything a person decides about an attribute; the code apart, which never changes."""

    kind: Kind
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    is_personal: bool = True
    limits: Limits = field(default_factory=Limits)
    choices: Sequence[Choice] = ()
    source_order: Sequence[str] = ()


@transaction.atomic
def create(code: str, said: Definition, *, by: Actor, now: datetime, is_computed: bool = False) -> Attribute:
    """Define an attribute. Raises ``BadDefinition`` and ``CodeTaken``.

    A code under which undeclared values have arrived already is taken over, with them.
    """
    _check(code, said)
    found = Attribute.objects.filter(code=code).first()
    if found is not None and (found.state != State.UNDECLARED or is_computed):
        raise errors.CodeTaken(code)
    if found is not None:
        return change(found, said, by=by, now=now)
    made = Attribute.objects.create(
        code=code, is_computed=is_computed, created_at=now, changed_at=now, created_by=by.reference, **_columns(said)
    )
    audit.record(by, "attributes.created", target=_target(made), summary={"code": code, "kind": said.kind}, now=now)
    return made


@transaction.atomic
def change(attribute: Attribute, said: Definition, *, by: Actor, now: datetime) -> Attribute:
    """Change a definition; one that was not declared yet is declared by that. Raises ``BadDefinition``.

    Values that are there are read anew as background work. The kind of an attribute that something rests on stays.
    """
    _check(attribute.code, said)
    is_declaring = attribute.state == State.UNDECLARED
    if said.kind != attribute.kind and not is_declaring:
        _require_unused(attribute)
    before = {name: getattr(attribute, name) for name in (*_columns(said), "state")}
    for name, value in _columns(said).items():
        setattr(attribute, name, value)
    attribute.state = State.ACTIVE if is_declaring else attribute.state
    changed = sorted(name for name, value in before.items() if getattr(attribute, name) != value)
    if changed:
        attribute.changed_at, attribute.misfits = now, 0
        attribute.save()
        verb = "attributes.declared" if is_declaring else "attributes.changed"
        audit.record(by, verb, target=_target(attribute), summary={"code": attribute.code, "fields": changed}, now=now)
    if set(changed) & set(_MOVES_VALUES):
        ask_to_reread(attribute, by=by, now=now)
    return attribute


@transaction.atomic
def archive(attribute: Attribute, *, by: Actor, now: datetime) -> None:
    """Take an attribute out of use; what is known stays. Raises ``AttributeInUse``."""
    _require_unused(attribute)
    _set_state(attribute, State.ARCHIVED, "attributes.archived", by=by, now=now)


@transaction.atomic
def restore(attribute: Attribute, *, by: Actor, now: datetime) -> None:
    """Bring an archived attribute back."""
    _set_state(attribute, State.ACTIVE, "attributes.restored", by=by, now=now)


def ask_to_reread(attribute: Attribute, *, by: Actor, now: datetime) -> Job:
    """Queue a new reading of all values of an attribute."""
    key = f"{JOB}:{attribute.pk}"
    return jobs.enqueue(JOB, now=now, by=by, dedupe_key=key, repeat_if_running=True, attribute_id=attribute.pk)


def _set_state(attribute: Attribute, state: State, verb: str, *, by: Actor, now: datetime) -> None:
    attribute.state, attribute.changed_at = state, now
    attribute.save(update_fields=["state", "changed_at"])
    audit.record(by, verb, target=_target(attribute), summary={"code": attribute.code}, now=now)
    ask_to_reread(attribute, by=by, now=now)


def _require_unused(attribute: Attribute) -> None:
    if uses := [use for use in queries.uses(attribute) if use.is_blocking]:
        raise errors.AttributeInUse([use.label for use in uses])


def _columns(said: Definition) -> dict[str, Any]:
    limits = {
        name: value for name, value in asdict(said.limits).items() if name != "choices" and value not in (None, "")
    }
    return {
        "kind": said.kind.value, "labels": {code: text.strip() for code, text in said.labels.items() if text.strip()},
        "description": said.description.strip(), "is_personal": said.is_personal, "limits": limits,
        "choices": [{"code": one.code, "labels": dict(one.labels)} for one in said.choices],
        "source_order": list(said.source_order),
    }  # fmt: skip


def _check(code: str, said: Definition) -> None:
    limits = said.limits
    if code_of(code) != code or not code:
        raise errors.BadDefinition("code", _("A code is made of small letters, digits and underscores."))
    if limits.least is not None and limits.most is not None and limits.least > limits.most:
        raise errors.BadDefinition("least", _("The least allowed is more than the most."))
    if limits.shortest is not None and limits.longest is not None and limits.shortest > limits.longest:
        raise errors.BadDefinition("shortest", _("The shortest allowed is longer than the longest."))
    if limits.pattern and limits.pattern not in PATTERNS:
        raise errors.BadDefinition("pattern", _("There is no such pattern."))
    codes = [one.code for one in said.choices]
    if said.kind is Kind.CHOICE and not codes:
        raise errors.BadDefinition("choices", _("Write at least one choice."))
    if len(codes) > MOST_CHOICES or len(set(codes)) < len(codes) or not all(0 < len(one) <= 200 for one in codes):
        text = _("At most %(limit)s choices, each of another code.") % {"limit": MOST_CHOICES}
        raise errors.BadDefinition("choices", text)


def _target(attribute: Attribute) -> str:
    return f"attributes.Attribute:{attribute.pk}"
