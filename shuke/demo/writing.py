"""What the demo company says to its customers: its looks, its templates, and the campaigns it has run and is planning."""

from datetime import datetime, timedelta

from django.utils import translation

from shuke.crm.messaging.actions import dispatching
from shuke.crm.templates import queries as written
from shuke.crm.templates.actions import publishing, surrounding, writing
from shuke.demo import audiences
from shuke.insight.segments import queries as saved
from shuke.journeys.campaigns.actions import planning, sending, settling
from shuke.journeys.campaigns.actions.planning import Plan
from shuke.journeys.campaigns.models import Campaign
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

_ME = Actor.system("demo")
_KIT = {
    "primary": "#3d6b4f", "site_url": "https://willow.example", "postal_address": "Willow, 12 Mill Lane, London SE1 0AA",
    "product_url": "https://willow.example/products/{id}", "sms_signature": "柳舍",
}  # fmt: skip
_SNIPPET = (
    "delivery", "Delivery 配送",
    {"en": "Orders before **14:00** leave the same day.", "zh-hans": "**14:00** 前下单，当天发货。"},
)  # fmt: skip
# A finished campaign that began so many days ago: its days of measuring are over.
_BEGAN_DAYS_AGO = (45, 25)


def templates(owner: Staff, *, now: datetime) -> None:
    """Dress the company, and publish every template there is to begin with; the owner agrees where a second person has to."""
    surrounding.set_brand(written.brand().model_copy(update=_KIT), by=_ME, now=now)
    code, name, texts = _SNIPPET
    surrounding.write_snippet(code, name=name, texts=texts, by=_ME, now=now)
    for ready in written.ready():
        made = writing.create(
            name=f"{ready.name['en']} {ready.name['zh-hans']}", channel=ready.channel, purpose=ready.purpose,
            topic=ready.topic, documents=ready.documents, by=_ME, now=now,
        )  # fmt: skip
        version = written.newest_of(made)
        with translation.override("en"):
            if not publishing.publish(version, by=_ME, now=now):
                version.refresh_from_db()
                publishing.approve(version, by=Actor.of(owner), now=now)


def campaigns(*, now: datetime) -> None:
    """Two campaigns whose days of measuring are over, and one that is being planned."""
    everybody = [str(one.uuid) for one in saved.segments(kind="rule")]
    champions = str(saved.segments(text=audiences.CHAMPIONS)[0].uuid)
    news, again = (str(written.templates(text=text)[0].uuid) for text in ("What is new", "Time to buy"))
    quiet = [str(one.uuid) for one in saved.segments(text="Win back")]
    text = str(written.templates(text="Text message")[0].uuid)
    done = (
        Plan(
            "Autumn news 秋季上新",
            [champions],
            [news, again],
            holdout=0.2,
            cost_per_thousand_minor=300,
            is_guarded=False,
        ),
        Plan("Gifts 礼盒季", everybody, [text], holdout=0.2, cost_per_thousand_minor=300, is_guarded=False),
    )
    for plan, days in zip(done, _BEGAN_DAYS_AGO, strict=True):
        # About noon where most of them live.
        _held(plan, then=(now - timedelta(days=days)).replace(hour=4), now=now)
    planning.plan(
        Plan("Win back 召回", quiet, [news, again], exclude=[champions], holdout=0.1, test_share=0.3,
             cost_per_thousand_minor=300, budget_minor=50_000), by=_ME, now=now,
    )  # fmt: skip


def _held(plan: Plan, *, then: datetime, now: datetime) -> Campaign:
    """Hold a campaign as it was held then, and look what people have bought since."""
    made = planning.plan(plan, by=_ME, now=then)
    planning.launch(made, by=_ME, now=then)
    sending.go_on(made.pk, now=then)
    dispatching.run(lambda: then, worker="demo")
    settling.settle(made.pk, now=now)
    return made
