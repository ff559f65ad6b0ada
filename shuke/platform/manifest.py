"""What a domain plugs into, in one frozen value per domain.

Each domain's ``manifest.py`` binds ``MANIFEST``; the composition root loads them by name, so no layer imports
another's manifest.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, Protocol

from django.apps import apps
from django.utils.functional import Promise

from shuke.platform.staff.permissions import Permission

Label = str | Promise


@dataclass(frozen=True, slots=True)
class PageMount:
    """Where a domain's staff pages live: a URL prefix and the module with its ``urlpatterns``."""

    prefix: str
    urls: str


AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Mount:
    """An ASGI application beside Django, for addresses that start with one of ``prefixes``.

    For what machines call so often that Django would be too slow. ``make`` is called once, when the server starts.
    """

    prefixes: tuple[str, ...]
    make: Callable[[], AsgiApplication]


@dataclass(frozen=True, slots=True)
class NavEntry:
    """An entry of the staff menu; shown to those who hold ``permission``."""

    label: Label
    url_name: str
    icon: str
    group: str
    order: int
    permission: str


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A kind of job: its function, and how often it runs by itself, if it does.

    ``run`` is called as ``run(context, **arguments)``.
    """

    name: str
    run: Callable[..., None]
    every: timedelta | None = None
    lane: str = "work"
    max_attempts: int = 5


class Dataset(Protocol):
    """A table of the warehouse that is a projection of one domain's rows.

    ``name`` is the table; ``key`` the column whose values ``touched_by`` yields and by which rows are replaced;
    ``columns`` maps each column to an Ibis type name, in order.
    """

    name: str
    key: str
    columns: Mapping[str, str]

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the keys whose rows these log events may have changed or removed."""
        ...

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present rows for ``keys``, in one query; a missing key means its rows are gone."""
        ...

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every present row, in batches, for a rebuild."""
        ...


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of another domain's page: fills the named ``slot`` with a rendered template.

    Slots: ``customer.aside``; ``ingest.live``, whose subject is 0, beside what arrives through the collector;
    ``shell.tools``, whose subject is 0, beside the person on every page: it must not ask the database anything.

    ``context`` is called with the slot's subject (for example a customer id), the viewer and the moment; None hides it.
    """

    slot: str
    template: str
    order: int
    permission: str
    context: Callable[[int, Any, datetime], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class CustomerColumn:
    """A column that a file of customers may have for another domain; ``names`` are headers by which it is guessed."""

    label: Label
    names: tuple[str, ...]


class CustomerColumns(Protocol):
    """A domain above customers that takes columns of its own from files of customers.

    A column is mapped to ``prefix:key``. Everything happens inside the transaction of the import.
    """

    prefix: str

    def columns(self) -> Mapping[str, CustomerColumn]:
        """Return what may be in a file, by key."""
        ...

    def take(
        self, said: Mapping[int, Mapping[str, str]], *, source: str, date_order: str, by: Any
    ) -> tuple[dict[int, dict[str, Any]], list[tuple[int, str, str]]]:
        """Take cells, as written, by customer and key.

        Return by customer what the source had said before of what changed (plain JSON, for ``give_back``), and what was
        refused: customer, key and the reason in words.
        """
        ...

    def give_back(self, kept: Mapping[int, Mapping[str, Any]], *, source: str, by: Any) -> None:
        """Let the source say again what it had said before."""
        ...


@dataclass(frozen=True, slots=True)
class Join:
    """One merge of a set: the merged customer goes on under the survivor, with the identities that were theirs."""

    survivor_id: int
    merged_id: int
    identity_ids: Sequence[int] = ()


class MergeParticipant(Protocol):
    """A domain whose rows belong to customers: it follows when some of them turn out to be one person.

    Everything happens inside the caller's transaction. ``merge`` answers, by merged customer, what ``split`` needs to
    give the state before back exactly (plain JSON; it is sealed at rest, so values of people may be in it). Facts follow
    the identity they arrived with: what came in after the merge under one of ``identity_ids`` goes with it on a split.
    """

    name: str

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:
        """Return what a merge would move or decide, for people to read: ``{"moves": {noun: count}, "fields": [...]}``."""
        ...

    def merge(self, joins: Sequence[Join], *, now: datetime) -> Mapping[int, dict[str, Any]]:
        """Give what belongs to merged customers to their survivors; return by merged customer what undoing it takes.

        The result is that of one merge after the other, in a number of queries that does not depend on how many there
        are. Nobody in a set is merged twice or both merged and survivor; several may be merged into one.
        """
        ...

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Give it back, with what arrived under ``identity_ids`` since; return what stays with the survivor, and why."""
        ...


class PersonalData(Protocol):
    """A domain that holds something about people: what it can show them, and how it forgets.

    ``fields`` names every stored field it answers for (``orders.Order.city``); a test compares them with
    ``security/fields.yaml``, so that nothing personal is left out of an export or an erasure.
    """

    name: str
    fields: frozenset[str]

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return everything held about these customers (one person, with whom was merged into them), readable."""
        ...

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Remove or unlink what says who they are; return counts for the certificate. Repeating it does nothing."""
        ...


class Retention(Protocol):
    """A kind of data that a company may keep for a number of days only.

    ``name`` is stable; ``label`` and ``help`` are for people; ``usual_days`` is what holds until somebody decides (0: for
    ever), ``least_days`` what must be kept in any case.
    """

    name: str
    usual_days: int
    least_days: int

    @property
    def label(self) -> Any:
        """Return what it is called."""
        ...

    @property
    def help(self) -> Any:
        """Return what letting go of it means."""
        ...

    def count(self, before: datetime) -> int:
        """Return how much is older than a moment: the dry run."""
        ...

    def remove_some(self, before: datetime, *, now: datetime) -> int:
        """Remove a batch of it, in a short transaction of its own, and return how much; 0 when none is left."""
        ...


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values, named so that a rotation of keys finds it: ``customers.ContactPoint``, ``sealed``."""

    model: str
    field: str
    context: bytes


class Reindexing(Protocol):
    """Blind indexes that a rotation of their key has to make anew, a batch at a time."""

    name: str

    def remaining(self, number: int) -> int:
        """Return how many rows are not under the key with this number yet but could be."""
        ...

    def stranded(self, number: int) -> int:
        """Return how many rows stay under an earlier key, since nobody holds their address any more."""
        ...

    def move_some(self, number: int, *, limit: int) -> int:
        """Put a batch under the key in use, in a short transaction of its own; return how many, 0 when none is left."""
        ...


@dataclass(frozen=True, slots=True)
class Use:
    """Something of ours that would break if a definition disappeared.

    ``what`` is the definition as ``kind:key`` (``attribute:size``, ``tag:12``, ``segment:7``); ``label`` and ``url`` lead a
    person to whoever uses it. What is not ``is_blocking`` is shown, but does not keep the definition from going.
    """

    what: str
    label: str
    url: str
    is_blocking: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """An event in which somebody says something in their own words, with these words: the log holds a marker instead.

    ``properties`` are as they came. ``message`` is the same whenever the same event comes.
    """

    name: str
    properties: Mapping[str, Any]
    occurred_at: datetime
    customer_id: int | None
    identity_id: int | None
    message: str


FieldKind = Literal["text", "choice", "number", "share", "money", "days", "date", "yes_no"]


@dataclass(frozen=True, slots=True)
class SegmentField:
    """Something a domain knows of each customer that segments may ask about: a score, an answer, a fact of tickets.

    ``name`` is ``domain.field`` and stands in saved rules, so it stays; ``subject`` is the heading it is offered under.
    The value is read from ``column`` of the warehouse's ``table``, which has a ``customer_id``; where a customer has several
    rows, one that fulfils the question is enough, and no row or NULL is "not known". ``where`` picks the rows of one
    kind from a table that holds many (``{"model": "churn"}``).

    ``kind`` says how it is asked and shown: a ``share`` is stored from 0 to 1 and asked in per cent, ``money`` is whole minor
    units of the company's currency, ``yes_no`` a boolean; a ``choice`` is one of the codes in ``choices``.

    ``announced_by`` names the events after which values may differ: of the event's customer, or of everybody where it has
    none. A table that is a dataset with the key ``customer_id`` needs none: its ``touched_by`` says it.
    """

    name: str
    subject: Label
    label: Label
    kind: FieldKind
    table: str
    column: str
    where: Mapping[str, str | int | bool] = field(default_factory=dict, hash=False)
    choices: tuple[tuple[str, Label], ...] = field(default=(), hash=False)
    announced_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of thing that staff are told (``platform.notices``); each person chooses by which ways it reaches them.

    ``name`` is ``domain.kind`` and stands in people's choices, so it stays. Only those who hold ``permission`` are told; ""
    is for everybody. ``by_mail``: whether it is mailed to those who never chose.
    """

    name: str
    label: Label
    permission: str = ""
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class DailySeries:
    """Something that happens so and so often a day, which forecasts carry on and watch: tickets opened, messages received.

    It is read from the warehouse's ``table``: the rows of each ``day`` counted, or their ``value`` summed; ``where`` picks the rows of
    one kind (``{"name": "ticket.opened"}`` of ``events``); ``shop`` names a column of shops, "" if there is none. ``name`` is
    ``domain.what``. ``watched`` says which way of leaving the usual is worth an alert. What never happened is not shown.
    """

    name: str
    label: Label
    table: str
    day: str
    value: str = ""
    shop: str = ""
    where: Mapping[str, str | int | bool] = field(default_factory=dict, hash=False)
    watched: tuple[Literal["up", "down"], ...] = ("up",)


@dataclass(frozen=True, slots=True)
class JourneyVisit:
    """Somebody at a step of a journey: the visit's ``key`` is unique and stays, ``context`` is what set the journey off."""

    customer_id: int
    key: str
    context: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class JourneyInput:
    """What a contributed step must be told: a setting with its label; ``kind`` is text, long_text, number or choice."""

    name: str
    label: Label
    kind: Literal["text", "long_text", "number", "choice"] = "text"
    choices: Callable[[], Sequence[tuple[str, Label]]] | None = field(default=None, hash=False)
    is_required: bool = True


class JourneyStep(Protocol):
    """Something a domain below journeys does for people who reach a step: award points, ask for a call.

    ``name`` is ``domain.what`` and stands in saved journeys, so it stays.
    """

    name: str
    icon: str
    inputs: tuple[JourneyInput, ...]

    @property
    def label(self) -> Label:
        """Return what the step is called."""
        ...

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        """Return, in words, what does not fit in what the step was told, beyond inputs that are missing."""
        ...

    def perform(
        self, visits: Sequence[JourneyVisit], settings: Mapping[str, Any], *, by: Any, now: datetime
    ) -> Mapping[int, str]:
        """Do it for a set of people, in the caller's short transaction; return short codes by customer, if any.

        The caller sees to it that each visit comes once; what is done beyond the database goes by a job queued here. A
        refusal keeps all of them at the step, where staff see it and have it tried again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything one domain offers to the rest of the house.

    Lists of participants (``merging``, ``personal_data``) are asked in the order of the installed domains.
    ``listens`` maps names of events to functions that get all of them, at least once and in order; ``reacts_to`` is
    the same without ``historical`` events, for whatever must not act upon imported history.
    """

    domain: str
    permissions: tuple[Permission, ...] = ()
    pages: PageMount | None = None
    mounts: tuple[Mount, ...] = ()
    navigation: tuple[NavEntry, ...] = ()
    api: Any = None
    publishes: tuple[type, ...] = ()
    listens: Mapping[str, Callable[[list[Any]], None]] = field(default_factory=dict)
    reacts_to: Mapping[str, Callable[[list[Any]], None]] = field(default_factory=dict)
    # The same for events that the company's own definitions name; asked again whenever there is something to hand over.
    reacts_to_chosen: Callable[[], Mapping[str, Callable[[list[Any]], None]]] | None = None
    jobs: tuple[JobSpec, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    panels: tuple[Panel, ...] = ()
    merging: tuple[MergeParticipant, ...] = ()
    personal_data: tuple[PersonalData, ...] = ()
    retention: tuple[Retention, ...] = ()
    sealed: tuple[SealedColumn, ...] = ()
    reindexing: tuple[Reindexing, ...] = ()
    # Kinds of files that can be imported: each an ``ImportKind`` of ``platform.imports``.
    imports: tuple[Any, ...] = ()
    customer_columns: tuple[CustomerColumns, ...] = ()
    # What this domain's definitions use of others': asked before an attribute, a tag or a segment may go.
    uses: Callable[[], list[Use]] | None = None
    # Called by the owner of the warehouse whenever it has loaded more of the log, and about every half minute: for what
    # must see facts in the warehouse, not before. It finds out by a cursor of its own what is new.
    after_load: Callable[[datetime], None] | None = None
    notices: tuple[NoticeKind, ...] = ()
    # Called in the transaction that writes events of a shop into the log, with those that hold somebody's own words, and
    # where they come from. What cannot be used is passed over: it must not raise.
    hears: Callable[[Any, Sequence[Heard], Any], None] | None = None
    # What segments may ask about a customer here.
    segment_fields: tuple[SegmentField, ...] = ()
    # What forecasts carry on and watch besides sales.
    daily_series: tuple[DailySeries, ...] = ()
    # What journeys may do for people here.
    journey_steps: tuple[JourneyStep, ...] = ()


@lru_cache(maxsize=1)
def installed() -> tuple[Manifest, ...]:
    """Return the manifest of every installed domain that has one, in the order of ``INSTALLED_APPS``."""
    ours = (config.name for config in apps.get_app_configs() if config.name.startswith("shuke."))
    return tuple(import_module(f"{package}.manifest").MANIFEST for package in ours if _has_manifest(package))


def _has_manifest(package: str) -> bool:
    return find_spec(f"{package}.manifest") is not None


def job_specs() -> dict[str, JobSpec]:
    """Return every declared kind of job by name."""
    return {spec.name: spec for manifest in installed() for spec in manifest.jobs}


def datasets() -> dict[str, Dataset]:
    """Return every declared warehouse dataset by table name."""
    return {dataset.name: dataset for manifest in installed() for dataset in manifest.datasets}


@lru_cache(maxsize=1)
def segment_fields() -> dict[str, SegmentField]:
    """Return everything that domains let segments ask about, by name."""
    return {one.name: one for manifest in installed() for one in manifest.segment_fields}


def daily_series() -> dict[str, DailySeries]:
    """Return everything that domains let forecasts carry on, by name."""
    return {one.name: one for manifest in installed() for one in manifest.daily_series}


def who_hears() -> tuple[Callable[[Any, Sequence[Heard], Any], None], ...]:
    """Return everybody who keeps what people say in their own words."""
    return tuple(one.hears for one in installed() if one.hears is not None)


def merge_participants() -> tuple[MergeParticipant, ...]:
    """Return every declared participant of merges, lowest domain first."""
    return tuple(one for manifest in installed() for one in manifest.merging)


def personal_data() -> tuple[PersonalData, ...]:
    """Return everybody who holds something about people, lowest domain first."""
    return tuple(one for manifest in installed() for one in manifest.personal_data)


def all_uses() -> dict[str, list[Use]]:
    """Return who uses what, by definition: each domain is asked once."""
    found: dict[str, list[Use]] = {}
    for manifest in installed():
        for use in manifest.uses() if manifest.uses else ():
            found.setdefault(use.what, []).append(use)
    return found


def retention() -> dict[str, Retention]:
    """Return every kind of data that may be kept for a time only, by name."""
    return {kind.name: kind for manifest in installed() for kind in manifest.retention}


def sealed_columns() -> tuple[SealedColumn, ...]:
    """Return every declared column of sealed values."""
    return tuple(column for manifest in installed() for column in manifest.sealed)


def reindexing() -> tuple[Reindexing, ...]:
    """Return everybody whose blind indexes follow a rotation of their key."""
    return tuple(one for manifest in installed() for one in manifest.reindexing)


def customer_columns() -> tuple[CustomerColumns, ...]:
    """Return every domain that takes columns from files of customers."""
    return tuple(one for manifest in installed() for one in manifest.customer_columns)


def uses_of(what: str) -> list[Use]:
    """Return who uses a definition (``tag:12``)."""
    return all_uses().get(what, [])
