"""The contact policy: how often, when and with which words people are written to. One value, kept in versions."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

MARKETING, SERVICE, TRANSACTIONAL, SURVEY = "marketing", "service", "transactional", "survey"
# What a person has not asked for at this moment: hours and caps are about these.
UNASKED = frozenset({MARKETING, SURVEY})
# What a contract asks for: leaves at least once, at any hour.
ASKED = frozenset({TRANSACTIONAL})


class Cap(BaseModel):
    """At most so many unasked messages within so many days; ``channel`` "" is all of them together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = ""
    days: int = Field(ge=1, le=90)
    most: int = Field(ge=0, le=1000)

    @property
    def code(self) -> str:
        """Return what it is called in reasons."""
        return f"frequency_cap:{self.channel or 'all'}:{self.days}"

    def covers(self, channel: str) -> bool:
        """Whether a message on a channel counts."""
        return not self.channel or self.channel == channel


class Topic(BaseModel):
    """Something that messages are about and that people may choose by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    name_zh: str = Field(min_length=1, max_length=60)
    name_en: str = Field(min_length=1, max_length=60)


class Policy(BaseModel):
    """What holds for everything that leaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Nobody is disturbed from … until …, by their own clock.
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    # On which channels; an e-mail makes no noise, but arrives at night too.
    quiet_channels: tuple[str, ...] = ("sms", "wechat_oa", "wecom", "push", "email")
    when_quiet: Literal["wait", "drop"] = "wait"
    caps: tuple[Cap, ...] = (
        Cap(days=1, most=2), Cap(days=7, most=5), Cap(days=30, most=12), Cap(channel="sms", days=7, most=2),
    )  # fmt: skip
    # The same template not again to the same person within so many hours; 0: no limit.
    same_template_hours: int = Field(default=24, ge=0, le=24 * 365)
    # Below this age, where a birthday is known, nobody gets what they did not ask for.
    least_age: int = Field(default=14, ge=0, le=21)
    # What every text message that nobody asked for ends with, by language, and every e-mail's sender.
    stop_text_zh: str = Field(default="拒收请回复R", max_length=40)
    stop_text_en: str = Field(default="Reply STOP to opt out", max_length=60)
    postal_identity: str = Field(default="", max_length=300)
    # Put before the subject of unasked e-mail, where the law asks for it ("AD").
    subject_mark: str = Field(default="", max_length=20)

    # What people may choose by itself on the page of their preferences; templates name one of them.
    topics: tuple[Topic, ...] = (
        Topic(code="offers", name_zh="优惠与活动", name_en="Offers and sales"),
        Topic(code="news", name_zh="新品与资讯", name_en="New products and news"),
        Topic(code="tips", name_zh="使用建议", name_en="Tips for what you bought"),
    )

    @field_validator("caps")
    @classmethod
    def _each_cap_once(cls, caps: tuple[Cap, ...]) -> tuple[Cap, ...]:
        if len({(cap.channel, cap.days) for cap in caps}) != len(caps):
            raise ValueError("two caps speak of the same channel and days")
        return caps

    @model_validator(mode="after")
    def _some_of_the_day_is_left(self) -> "Policy":
        minutes = (self.quiet_until.hour - self.quiet_from.hour) * 60 + self.quiet_until.minute - self.quiet_from.minute
        if minutes % (24 * 60) > 22 * 60:
            raise ValueError("the quiet hours leave less than two hours of the day")
        return self

    @property
    def longest_cap(self) -> timedelta:
        """Return how far back counting has to look."""
        return timedelta(days=max((cap.days for cap in self.caps), default=0))


def exceeded(caps: Sequence[Cap], channel: str, sent: Sequence[tuple[str, datetime]], *, now: datetime) -> Cap | None:
    """Return the first cap that one more message on a channel would break at a moment, given the others by channel and moment.

    Others may also be due later: what is closer than the cap's days, on either side, counts.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 6, 15, 12, tzinfo=UTC)
    >>> exceeded([Cap(days=1, most=1)], "sms", [("email", noon - timedelta(hours=23))], now=noon)
    Cap(channel='', days=1, most=1)
    >>> exceeded([Cap(days=1, most=1)], "sms", [("email", noon - timedelta(hours=24))], now=noon)
    """
    for cap in caps:
        since, until = now - timedelta(days=cap.days), now + timedelta(days=cap.days)
        if cap.covers(channel) and sum(since < at < until for of, at in sent if cap.covers(of)) >= cap.most:
            return cap
    return None
