"""What brought people to Willow, and what it cost: so that the report of channels has something to say."""

from datetime import date, datetime
from random import Random
from typing import Any

from shuke.cdp.ingest.actions import Touch
from shuke.demo.lives import Life, World
from shuke.insight.analytics.actions import keeping
from shuke.insight.analytics.actions.costs import Cost, enter
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

# Source, medium, campaigns, and how many in a hundred came so; by whether they came to the Chinese shop.
_CHANNELS = {
    True: (
        ("xiaohongshu", "social", ("春季种草", "达人测评"), 34), ("weixin", "social", ("公众号",), 22),
        ("baidu", "cpc", ("品牌词", "护肤"), 20), ("douyin", "social", ("直播",), 12), ("", "", ("",), 12),
    ),
    False: (
        ("google", "cpc", ("brand", "skin care"), 30), ("instagram", "social", ("spring",), 26),
        ("newsletter", "email", ("welcome",), 16), ("google.com", "search", ("",), 14), ("", "", ("",), 14),
    ),
}  # fmt: skip
# A month's spending in whole yuan.
_SPENT = {"xiaohongshu": 1_800, "baidu": 1_500, "douyin": 2_600, "google": 1_400, "instagram": 900, "newsletter": 120}
_MONTHS = 18
_BOARD = (("销售 Sales", "sales", "period=90d"), ("渠道 Channels", "acquisition", "period=year"),
          ("留存 Retention", "retention", "period=year"), ("退货 Returns", "returns", "period=90d"))  # fmt: skip


def touch(life: Life, world: World) -> Touch | None:
    """Return how somebody came the first time, None for those whose first visit nobody saw."""
    if not life.visits:
        return None
    rng = Random(f"{world.seed}:channel:{life.person.serial}")
    known = _CHANNELS[life.person.chinese]
    source, medium, campaigns, _share = rng.choices(known, [one[3] for one in known])[0]
    first = min(life.visits, key=lambda visit: visit.at)
    return Touch(first.at, source, medium, rng.choice(campaigns))


def context(found: Touch) -> dict[str, Any]:
    """Return what the tracker would have said of a first visit."""
    return (
        {"campaign": {"source": found.source, "medium": found.medium, "name": found.campaign}} if found.source else {}
    )


def spend(*, now: datetime) -> None:
    """Enter what the channels cost in the last months, more before Christmas and in November."""
    month, costs = date(now.year, now.month, 1), list[Cost]()
    for _each in range(_MONTHS):
        season = 160 if month.month in {11, 12} else 100
        costs += [Cost(month, source, "", yuan * season) for source, yuan in _SPENT.items()]
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    enter(costs, by=Actor.system("demo"), now=now)


def board(owner: Staff, *, now: datetime) -> None:
    """Keep four reports and put them on a board that everybody finds."""
    by = Actor.of(owner)
    kept = [
        keeping.keep(report, query, name=name, is_shared=True, owner=owner, by=by, now=now) for name, report, query in _BOARD
    ]  # fmt: skip
    keeping.set_board(
        None, name="周会 Monday meeting", is_shared=True, reports=kept, mailed_to=[], viewer=owner, by=by, now=now
    )  # fmt: skip
