"""Tables of journeys: what is drawn, who is on their way, what they passed, and what went wrong."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import Customer


class JourneyState(models.TextChoices):
    """Where a journey stands. Only what is on lets people in and moves them."""

    DRAFT = "draft", _("Draft")
    ON = "on", _("On")
    PAUSED = "paused", _("Paused")
    ARCHIVED = "archived", _("Archived")


class Journey(models.Model):
    """A journey: what is drawn at present, and the version that those who enter are put on."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=JourneyState.choices, default=JourneyState.DRAFT)
    # What is being worked on; need not be able to run.
    draft = models.JSONField(default=dict)
    # The recipe it was made from, "" if none.
    recipe = models.CharField(max_length=40, blank=True, default="")
    version = models.ForeignKey("JourneyVersion", null=True, on_delete=models.PROTECT, related_name="+")
    # What its inbound webhook is called by; unguessable.
    hook = models.CharField(max_length=48, unique=True)
    # When the next one may begin, where entries are spread over time.
    next_slot_at = models.DateTimeField(null=True)
    # The last day for which dates were looked up, and the last moment at which a schedule fell due.
    looked_on = models.DateField(null=True)
    scheduled_at = models.DateTimeField(null=True)
    switched_on_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["state", "name"], name="journeys_by_state")]


class JourneyVersion(models.Model):
    """A journey as it was published. Never changed: people in flight stay on theirs."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    graph = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journeys_one_version_number")]


class RunState(models.TextChoices):
    """How somebody's way stands."""

    ACTIVE = "active", _("On the way")
    DONE = "done", _("Went to the end")
    GOAL = "goal", _("Reached the goal")
    LEFT = "left", _("Left early")
    STUCK = "stuck", _("Stuck")
    HELD = "held", _("Comparison group")


class Run(models.Model):
    """One person on their way through a journey, or held out of it to compare with. NULL: erased since."""

    uuid = models.UUIDField(unique=True)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.ACTIVE)
    step = models.CharField(max_length=40)
    # How many steps were passed: names the present visit.
    hop = models.PositiveIntegerField(default=0)
    entered_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    # The timer. NULL: nothing is due by time.
    due_at = models.DateTimeField(null=True)
    # The event that the present step waits for, "" if none; and whether it has come.
    awaits = models.CharField(max_length=80, blank=True, default="")
    is_called = models.BooleanField(default=False)
    # The log when it entered: only what came later can be its goal. And up to where it was read when the present step was
    # reached: what lies before is no news to a step that waits.
    since = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    # What set it off, "" if nothing in the log; entering twice for one cause is one entry.
    cause = models.CharField(max_length=80)
    # What that said: ids and amounts, never personal data.
    context = models.JSONField(default=dict)
    # How many journeys set each other off before this one.
    depth = models.PositiveSmallIntegerField(default=0)
    acted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Why it ended, where that says more than the state.
    ending = models.CharField(max_length=40, blank=True, default="")
    # When the goal was reached within its days, ended or not, held out or not.
    goal_at = models.DateTimeField(null=True)
    # Orders net of refunds within the days of the goal, in the company's currency. NULL: not looked yet.
    revenue_minor = models.BigIntegerField(null=True)
    is_settled = models.BooleanField(default=False)
    # Whose it is once every merge is undone, if that is not its customer.
    home = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journey", "cause"], name="journeys_one_run_per_cause"),
        ]
        indexes = [
            models.Index(
                fields=["version", "due_at", "id"],
                condition=models.Q(state="active", due_at__isnull=False),
                name="journeys_due",
            ),
            models.Index(fields=["customer", "-entered_at"], name="journeys_of_customer"),
            models.Index(fields=["journey", "state", "-entered_at"], name="journeys_runs_by_state"),
            models.Index(fields=["version", "step"], condition=models.Q(state="active"), name="journeys_at_step"),
            models.Index(fields=["entered_at"], condition=models.Q(is_settled=False), name="journeys_unsettled"),
        ]


class Visit(models.Model):
    """A step that somebody passed. Written in the transaction that did what the step does: there is one for each hop."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="visits")
    hop = models.PositiveIntegerField()
    step = models.CharField(max_length=40)
    exit = models.CharField(max_length=40)
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField()
    # What acting came to: allowed, a reason why not, or nothing.
    note = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "hop"], name="journeys_one_visit_per_hop")]
        indexes = [models.Index(fields=["step", "-left_at"], name="journeys_visits_of_step")]


class Tally(models.Model):
    """How many passed a step of a version by an exit, kept as they pass. ``note`` divides those who acted."""

    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=40)
    exit = models.CharField(max_length=40)
    note = models.CharField(max_length=80, blank=True, default="")
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "step", "exit", "note"], name="journeys_one_tally"),
        ]


class Refusal(models.Model):
    """Somebody who would have entered and was not let in, and why."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False)
    reason = models.CharField(max_length=24)
    cause = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "cause"], name="journeys_one_refusal_per_cause")]
        indexes = [
            models.Index(fields=["customer", "-at"], name="journeys_refusals_of_person"),
            models.Index(fields=["at"], name="journeys_old_refusals"),
        ]


class Trouble(models.Model):
    """A run that could not go on at a step, until somebody has it tried again or ends it.

    Without a run: nobody could be let in, since the rule of the entry could not be asked.
    """

    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="troubles")
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=40)
    hop = models.PositiveIntegerField()
    # A message id with its facts, or a code.
    code = models.CharField(max_length=60)
    message = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["journey", "-at"], condition=models.Q(closed_at__isnull=True), name="journeys_open_troubles"
            )
        ]


class Gate(models.Model):
    """The single row that whoever moves runs holds meanwhile, so that no event falls between two looks. PostgreSQL only."""

    is_here = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="journeys_single_gate")]
