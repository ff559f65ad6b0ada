"""Forms of messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from typing_extensions import override

from shuke.crm.messaging.queries.wording import channel_label
from shuke.crm.messaging.rules.policy import Cap, Policy, Topic

CAP_CHANNELS = ("", "email", "sms", "wechat_oa", "wecom", "push", "onsite")
CAP_DAYS = (1, 7, 30)
QUIET_CHANNELS = ("email", "sms", "wechat_oa", "wecom", "push")


def cap_name(channel: str, days: int) -> str:
    """Return the name of the input of a cap.

    >>> cap_name("", 7)
    'cap-all-7'
    """
    return f"cap-{channel or 'all'}-{days}"


class PolicyForm(forms.Form):
    """The contact policy on one page."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}))
    quiet_until = forms.TimeField(
        label=_("until"),
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("By the clock where the person is."),
    )
    quiet_channels = forms.MultipleChoiceField(
        label=_("On these channels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    when_quiet = forms.ChoiceField(
        label=_("What comes in quiet hours"),
        choices=[("wait", _("waits for the morning")), ("drop", _("is not sent"))],
    )
    same_template_hours = forms.IntegerField(
        label=_("The same template again after (hours)"), min_value=0, max_value=24 * 365
    )
    least_age = forms.IntegerField(
        label=_("No offers below the age of"), min_value=0, max_value=21, help_text=_("Where a birthday is known.")
    )
    stop_text_zh = forms.CharField(label=_("End of text messages in Chinese"), max_length=40)
    stop_text_en = forms.CharField(label=_("End of text messages in English"), max_length=60)
    postal_identity = forms.CharField(
        label=_("Sender at the foot of e-mails"), max_length=300, required=False,
        help_text=_("Name and postal address of the company."),
    )  # fmt: skip
    subject_mark = forms.CharField(
        label=_("Put before the subject of offers"), max_length=20, required=False,
        help_text=_("Where the law asks for it, such as AD."),
    )  # fmt: skip
    topics = forms.CharField(
        label=_("Topics people may choose"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line: code | Chinese name | English name."),
    )  # fmt: skip
    note = forms.CharField(label=_("Why it changes"), max_length=200, required=False)

    def __init__(self, *arguments: Any, policy: Policy, **named: Any) -> None:
        self.policy = policy
        named["initial"] = self._initial(policy)
        super().__init__(*arguments, **named)
        field = self.fields["quiet_channels"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one, channel_label(one)) for one in QUIET_CHANNELS]
        held = {(cap.channel, cap.days): cap.most for cap in policy.caps}
        for channel in CAP_CHANNELS:
            for days in CAP_DAYS:
                self.fields[cap_name(channel, days)] = forms.IntegerField(
                    min_value=0, max_value=1000, required=False, initial=held.get((channel, days))
                )

    @staticmethod
    def _initial(policy: Policy) -> dict[str, Any]:
        said = policy.model_dump()
        said["quiet_channels"] = list(policy.quiet_channels)
        said["topics"] = "\n".join(f"{one.code} | {one.name_zh} | {one.name_en}" for one in policy.topics)
        return said

    @property
    def caps(self) -> list[tuple[str, list[Any]]]:
        """Return the inputs of the caps by channel."""
        return [
            (channel_label(channel) if channel else str(_("All channels together")),
             [self[cap_name(channel, days)] for days in CAP_DAYS])
            for channel in CAP_CHANNELS
        ]  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        values = {name: said[name] for name in Policy.model_fields if name in said and name not in ("topics", "caps")}
        other = [cap for cap in self.policy.caps if cap.channel not in CAP_CHANNELS or cap.days not in CAP_DAYS]
        caps = [
            Cap(channel=channel, days=days, most=said[cap_name(channel, days)])
            for channel in CAP_CHANNELS
            for days in CAP_DAYS
            if said.get(cap_name(channel, days)) is not None
        ]
        try:
            said["policy"] = Policy(**values, caps=(*caps, *other), topics=_topics(said["topics"]))
        except ValidationError as wrong:
            for one in wrong.errors():
                name = str(one["loc"][0]) if one["loc"] else None
                self.add_error(name if name in self.fields else None, _WRONG.get(one["type"], one["msg"]))
        except ValueError as wrong:
            self.add_error(
                "topics", _("Line %(line)s is no topic: code | Chinese name | English name.") % {"line": wrong}
            )
        return said


_WRONG = {"value_error": _("The quiet hours leave less than two hours of the day.")}


def _topics(text: str) -> tuple[Topic, ...]:
    """Return topics from lines; raise ``ValueError`` with the number of the first that is none."""
    found: list[Topic] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("|")]
        try:
            code, name_zh, name_en = parts
            found.append(Topic(code=code, name_zh=name_zh, name_en=name_en))
        except ValueError:
            raise ValueError(str(number)) from None
        if len({one.code for one in found}) < len(found):
            raise ValueError(str(number))
    return tuple(found)


class StopForm(forms.Form):
    """Stopping messages."""

    channel = forms.CharField(required=False, max_length=16)
    reason = forms.CharField(required=False, max_length=200)
