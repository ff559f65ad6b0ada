"""Who is told what, how often, in which words and by which ways."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from shuke.platform.company.models import Company
from shuke.platform.jobs.testing import run_queued
from shuke.platform.notices import actions, queries
from shuke.platform.notices.actions import telling
from shuke.platform.notices.models import Notice, Outgoing
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

KIND = "notices.failed"


def tell(now: datetime, **more: object) -> int:
    said: dict[str, object] = {"permission": "notices.configure", "link": "/notices/delivery/", "now": now}
    return actions.notify(KIND, "A message to %(where)s could not be sent.", facts={"where": "Ops"}, **said | more)


def test_only_those_who_hold_the_permission_are_told(owner: Staff, admin: Staff, agent: Staff, now: datetime) -> None:
    Staff.objects.filter(pk=admin.pk).update(is_active=False)

    told = tell(now, staff=[agent.pk], roles=[Role.AGENT])

    assert told == 1
    assert list(Notice.objects.values_list("staff_id", flat=True)) == [owner.pk]


@pytest.mark.engine
def test_nobody_is_told_twice_of_one_key(owner: Staff, admin: Staff, now: datetime) -> None:
    assert tell(now, staff=[owner.pk], permission="", dedupe_key="a") == 1
    assert tell(now, dedupe_key="a") == 1  # the administrator, who did not know
    assert tell(now, dedupe_key="a") == 0
    assert tell(now, dedupe_key="b") == 2


def test_a_kind_that_nobody_declared_is_refused(owner: Staff, now: datetime) -> None:
    with pytest.raises(LookupError):
        actions.notify("notices.unheard_of", "x", staff=[owner.pk], now=now)


def test_each_reads_it_in_their_own_language_with_plurals_and_forms(owner: Staff, now: datetime) -> None:
    facts = {
        "count": 1,
        "sum": actions.money(123456, "GBP"),
        "on": actions.day(now.date()),
        "part": actions.share(0.25),
    }
    notice = Notice(message="%(count)s of %(sum)s", plural="%(count)s all of %(sum)s on %(on)s, %(part)s", facts=facts)

    with translation.override("en"):
        assert queries.worded(notice).title == "1 of £1,234.56"
        notice.facts = facts | {"count": 2}
        assert queries.worded(notice).title == "2 all of £1,234.56 on Jun 15, 2024, 25%"


def test_mail_comes_to_those_who_chose_it_in_their_language(owner: Staff, admin: Staff, now: datetime) -> None:
    Staff.objects.filter(pk=owner.pk).update(language="zh-hans")
    actions.choose_ways(owner, {KIND: ["mail"], "made.up": ["mail"]})

    tell(now)
    run_queued(now=now)

    assert [letter.to for letter in mail.outbox] == [[owner.email]]
    assert mail.outbox[0].subject == "发给 Ops 的消息没能送出。"
    assert "http://127.0.0.1:8000/notices/delivery/" in mail.outbox[0].body
    assert not queries.inbox(owner).exists()
    assert queries.inbox(admin).count() == 1
    assert Outgoing.objects.get().state == "sent"
    assert bytes(Outgoing.objects.get().sealed) == b""


def test_the_page_shows_what_holds_and_changes_it(owner: Staff, client_of: Callable[[Staff], Client]) -> None:
    browser = client_of(owner)
    page = browser.get("/notices/ways/").content.decode()
    assert page.count("checked") == sum(1 + kind.by_mail for kind in queries.kinds_for(owner))

    browser.post("/notices/ways/", {KIND: ["mail"], "save": "1"})

    assert queries.choices_of(owner)[KIND] == ["mail"]
    assert browser.get("/notices/ways/").content.decode().count("checked") == 1


def test_the_bell_counts_what_is_unread_and_costs_no_query(
    owner: Staff, admin: Staff, client_of: Callable[[Staff], Client], now: datetime, django_assert_num_queries: object
) -> None:
    tell(now)
    tell(now)
    browser = client_of(owner)
    browser.get("/profile/")

    with django_assert_num_queries(4):  # session, person, company, second factor
        page = browser.get("/profile/").content.decode()

    assert "2 unread notices" in page
    first = queries.inbox(owner).order_by("pk").first()
    answer = browser.post(f"/notices/{first.pk}/")
    assert answer.headers["Location"] == "/notices/delivery/"
    assert Staff.objects.get(pk=owner.pk).unread_notices == 1
    browser.post("/notices/read/")
    assert Staff.objects.get(pk=owner.pk).unread_notices == 0
    assert Staff.objects.get(pk=admin.pk).unread_notices == 2


def test_a_notice_of_somebody_else_is_not_there(
    owner: Staff, admin: Staff, client_of: Callable[[Staff], Client], now: datetime
) -> None:
    tell(now, staff=[owner.pk], permission="")

    assert client_of(admin).post(f"/notices/{Notice.objects.get().pk}/").status_code == 404


def test_a_link_leads_only_to_us(owner: Staff, client_of: Callable[[Staff], Client], now: datetime) -> None:
    tell(now, link="//evil.example/")

    answer = client_of(owner).post(f"/notices/{Notice.objects.get().pk}/")

    assert answer.headers["Location"] == "/notices/"


def test_telling_takes_as_many_queries_for_many(
    company: Company, now: datetime, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        Staff.objects.create_user(f"s{number}@willow.example", name="S", role=Role.ADMIN, created_at=now)

    with django_assert_max_num_queries(9):
        assert tell(now, dedupe_key="a") == 30


def test_old_notices_are_forgotten_and_no_longer_counted(owner: Staff, now: datetime) -> None:
    tell(now - timedelta(days=200))
    tell(now)

    telling.tidy(now=now)

    assert Staff.objects.get(pk=owner.pk).unread_notices == 1
