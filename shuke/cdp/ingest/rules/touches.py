"""What brought a visitor: a campaign, a link on another site, an affiliate, a friend's code, or nothing we can see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

FIELDS = ("source", "medium", "campaign", "term", "content", "referrer", "affiliate", "referral_code", "landing")
# Parameters that advertising systems add to the links they sell: who sold the click.
_SOLD = {
    "gclid": "google", "fbclid": "facebook", "msclkid": "bing", "ttclid": "tiktok", "bd_vid": "baidu", "qhclickid": "360",
    "yclid": "yandex",
}  # fmt: skip
_SEARCH = (
    "google.",
    "bing.",
    "baidu.",
    "sogou.",
    "so.com",
    "duckduckgo.",
    "yahoo.",
    "yandex.",
    "ecosia.",
    "sm.cn",
    "naver.",
)
_SOCIAL = (
    "facebook.",
    "instagram.",
    "twitter.",
    "x.com",
    "t.co",
    "weibo.",
    "xiaohongshu.",
    "douyin.",
    "tiktok.",
    "zhihu.",
    "pinterest.",
    "linkedin.",
    "reddit.",
    "youtube.",
    "bilibili.",
    "weixin.",
    "qq.com",
)
_LENGTH = 120
# A visitor who is silent for longer begins another visit.
_ONE_VISIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Touch:
    """One arrival. "" where nothing is known; a visit without any of it is direct."""

    at: datetime
    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""
    referrer: str = ""
    affiliate: str = ""
    referral_code: str = ""
    landing: str = ""

    @property
    def is_direct(self) -> bool:
        """Whether nothing says where the visitor came from."""
        return not (self.source or self.referrer or self.affiliate or self.referral_code)

    def said(self) -> dict[str, str]:
        """Return what is known, to be kept."""
        return {name: value for name in FIELDS if (value := getattr(self, name))}


def touch(context: Mapping[str, Any], *, at: datetime) -> Touch:
    """Read the arrival out of an event's context (``campaign``, ``referrer``, ``landing``; Segment's words).

    >>> from datetime import UTC
    >>> found = touch({"referrer": {"url": "https://www.google.com/"}}, at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> found.source, found.medium
    ('google.com', 'search')
    """
    campaign = context.get("campaign")
    campaign = campaign if isinstance(campaign, dict) else {}
    host = _host(context.get("referrer"))
    sold = _SOLD.get(_text(campaign.get("click")), "")
    source = _text(campaign.get("source")) or sold or host
    medium = _text(campaign.get("medium")) or ("paid" if sold else _medium(host) if host else "")
    return Touch(
        at=at, source=source, medium=medium, campaign=_text(campaign.get("name")), term=_text(campaign.get("term")),
        content=_text(campaign.get("content")), referrer=host, affiliate=_text(campaign.get("affiliate")),
        referral_code=_text(campaign.get("referral_code")), landing=_path(context.get("landing")),
    )  # fmt: skip


def _text(value: Any) -> str:
    return value.strip()[:_LENGTH] if isinstance(value, str) else ""


def _host(said: Any) -> str:
    url = said.get("url") if isinstance(said, dict) else said
    if not isinstance(url, str) or not url:
        return ""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:_LENGTH]


def _path(url: Any) -> str:
    if not isinstance(url, str):
        return ""
    try:
        return urlsplit(url).path[:_LENGTH]
    except ValueError:
        return ""


def _medium(host: str) -> str:
    if any(part in host for part in _SEARCH):
        return "search"
    return "social" if any(part in host for part in _SOCIAL) else "link"


def earliest(known: Touch | None, new: Touch) -> Touch:
    """Return which of two counts as the first touch.

    What is told of one visit comes by several ways, and clocks differ: the shop's server, which knows nothing of campaigns,
    may seem to have been first by seconds. Within one visit that which says where somebody came from is the first.

    >>> from datetime import UTC
    >>> server = Touch(datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC))
    >>> page = Touch(datetime(2026, 1, 1, 12, 0, 2, tzinfo=UTC), source="red")
    >>> earliest(server, page).source, earliest(page, server).source
    ('red', 'red')
    """
    if known is None:
        return new
    first, second = (new, known) if new.at < known.at else (known, new)
    is_one_visit = second.at - first.at <= _ONE_VISIT
    return second if is_one_visit and first.is_direct and not second.is_direct else first


def latest(known: Touch | None, new: Touch) -> Touch:
    """Return which of two counts as the last: a direct visit never hides what brought somebody before."""
    if known is None or (known.is_direct and not new.is_direct):
        return new
    if new.is_direct and not known.is_direct:
        return known
    return new if new.at >= known.at else known
