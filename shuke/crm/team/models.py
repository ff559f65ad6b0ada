"""Tables of people's work: who crossed the line, who looks after whom, the daily list and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import Customer
from shuke.platform.staff.models import Staff


class Basis(models.TextChoices):
    """What a warning rests on."""

    PREDICTION = "prediction", _("Predicted churn risk")
    RECENCY = "recency", _("Time since the last order")


class Crossing(models.Model):
    """From when until when (NULL: still) somebody was over the line. Amounts in the company's currency."""

    # No constraint in the database: warnings follow the customers and must not hold them.
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    basis = models.CharField(max_length=12, choices=Basis.choices)
    since = models.DateField()
    ended_on = models.DateField(null=True)
    # As of the last look. NULL: no prediction.
    risk = models.FloatField(null=True)
    # What they are expected to bring, and how much of it is at risk; ``from_ltv``: predicted, not what they brought lately.
    expected_minor = models.BigIntegerField()
    at_risk_minor = models.BigIntegerField()
    from_ltv = models.BooleanField(default=False)
    # When their responsible person was told; never for those who were over the line at the first look.
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(ended_on=None), name="team_one_open_crossing"
            )
        ]
        indexes = [
            models.Index(
                fields=["-at_risk_minor", "id"], condition=models.Q(ended_on=None), name="team_most_at_risk"
            ),
            models.Index(fields=["-since", "id"], condition=models.Q(ended_on=None), name="team_newest_crossing"),
        ]  # fmt: skip


class Look(models.Model):
    """The last look at who is over the line; a single row."""

    as_of = models.DateField()
    looked_at = models.DateTimeField()
    # The value computation that was looked at, to notice a newer one.
    computed_at = models.DateTimeField()
    basis = models.CharField(max_length=12, choices=Basis.choices)
    # Why there is no prediction: a code with facts.
    refusal = models.JSONField(default=dict)
    line = models.FloatField()
    over = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="team_single_look")]


class Responsible(models.Model):
    """Who looks after a customer."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="responsible")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    by = models.CharField(max_length=80)


class Capacity(models.Model):
    """How many customers somebody calls in a day."""

    staff = models.OneToOneField(Staff, primary_key=True, on_delete=models.CASCADE, related_name="+")
    per_day = models.PositiveSmallIntegerField()


class Script(models.Model):
    """What the company wants to be said for a reason, in a language."""

    reason = models.CharField(max_length=24)
    language = models.CharField(max_length=10)
    text = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reason", "language"], name="team_one_script")]


class Arm(models.TextChoices):
    """Whether somebody on the list is called, or held out to compare with."""

    CALL = "call", _("Called")
    HELD = "held", _("Comparison group")


class EntryState(models.TextChoices):
    """Where an entry of the list stands."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    MISSED = "missed", _("Not called")


class CallOutcome(models.TextChoices):
    """What came of a call."""

    REACHED = "reached", _("Reached")
    PROMISED = "promised", _("Promised to order")
    CALL_BACK = "call_back", _("Call back later")
    NO_ANSWER = "no_answer", _("No answer")
    COMPLAINT = "complaint", _("Complaint")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    DO_NOT_CALL = "do_not_call", _("Does not want calls")


class Entry(models.Model):
    """One customer on the list of one day. NULL: erased since."""

    uuid = models.UUIDField(unique=True)
    day = models.DateField()
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    arm = models.CharField(max_length=8, choices=Arm.choices)
    # NULL: held out, or the person has left.
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    # The first reason, for counting; and all of them, each with the figures behind it.
    reason = models.CharField(max_length=24)
    reasons = models.JSONField(default=list)
    worth_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=EntryState.choices, default=EntryState.OPEN)
    outcome = models.CharField(max_length=16, blank=True, default="", choices=CallOutcome.choices)
    note = models.TextField(blank=True, default="")
    follow_up_on = models.DateField(null=True)
    is_followed = models.BooleanField(default=False)
    listed_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    called_by = models.CharField(max_length=80, blank=True, default="")
    # Orders net of refunds in the 30 days after the listing, for comparing; and after the call. NULL: not looked yet.
    revenue_minor = models.BigIntegerField(null=True)
    after_call_minor = models.BigIntegerField(null=True)
    # Whether those 30 days are over.
    is_settled = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "customer"], name="team_listed_once_a_day")]
        indexes = [
            models.Index(fields=["customer", "-day"], name="team_list_of_customer"),
            models.Index(fields=["staff", "day"], name="team_list_of_staff"),
            models.Index(fields=["listed_at"], condition=models.Q(is_settled=False), name="team_unsettled"),
            models.Index(fields=["follow_up_on"], condition=models.Q(is_followed=False), name="team_follow_ups"),
        ]


class Task(models.Model):
    """Something to do for one customer. NULL: the customer was erased since; nobody in particular was asked."""

    uuid = models.UUIDField(unique=True)
    # Asking again under the same key is the same task.
    key = models.CharField(max_length=200, unique=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    due_on = models.DateField()
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["due_on", "id"], condition=models.Q(done_at=None), name="team_open_tasks"),
            models.Index(fields=["customer"], name="team_tasks_of_customer"),
        ]
