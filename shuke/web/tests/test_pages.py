"""Audit, jobs, company, shops, outbox, system."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client

from shuke.platform.audit import actions as audit
from shuke.platform.audit.models import AuditEntry
from shuke.platform.company.actions import shop_named
from shuke.platform.company.models import Company, Shop
from shuke.platform.jobs.models import Job, JobState
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

LogIn = Callable[[Staff], Client]
HTMX = {"HTTP_HX_REQUEST": "true"}


def _job(now: datetime, by: Staff | None = None, **fields: Any) -> Job:
    asked = Actor.of(by).reference if by else ""
    values = {"name": "orders.import", "run_at": now, "created_at": now, "requested_by": asked} | fields
    return Job.objects.create(**values)


def test_the_audit_log_is_filtered_by_who_what_on_what_and_when(
    owner: Staff, admin: Staff, client_of: LogIn, now: datetime
) -> None:
    audit.record(Actor.of(owner), "company.changed", target="company.Company:1", summary={"fields": ["name"]}, now=now)
    audit.record(Actor.of(admin), "staff.invited", target="staff.Staff:9", now=now - timedelta(days=3))
    browser = client_of(owner)

    def shown(query: str) -> list[bool]:
        rows = browser.get(f"/audit/?{query}").content.decode().partition("<table")[2]
        return ["company.Company:1" in rows, "staff.Staff:9" in rows]

    assert shown("") == [True, True]
    assert shown(f"actor=staff:{admin.pk}") == [False, True]
    assert shown("verb=company.changed") == [True, False]
    assert shown("target=staff.Staff") == [False, True]
    assert shown("since=2024-06-14") == [True, False]
    assert shown("until=2024-06-14") == [False, True]
    assert shown("since=rubbish") == [True, True]


def test_the_audit_log_is_walked_by_keys(owner: Staff, client_of: LogIn, now: datetime) -> None:
    for n in range(120):
        audit.record(Actor.of(owner), "company.changed", target=f"x:{n:03}", now=now + timedelta(seconds=n // 7))
    browser, address, seen = client_of(owner), "/audit/", 0

    while address:
        body = browser.get(address).content.decode()
        seen += body.count("<code>x:")
        following = body.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
        address = f"/audit/{following}" if following else ""

    assert seen == 120


def test_a_job_shows_its_progress_to_whoever_asked_for_it(
    marketer: Staff, analyst: Staff, owner: Staff, client_of: LogIn, now: datetime
) -> None:
    job = _job(now, marketer, state=JobState.RUNNING, done=25, total=100, started_at=now, resumed_at=now)

    for reader, status in ((marketer, 200), (owner, 200), (analyst, 403)):
        response = client_of(reader).get(f"/jobs/{job.pk}/", **HTMX)
        assert response.status_code == status
    partial = client_of(marketer).get(f"/jobs/{job.pk}/", **HTMX).content.decode()
    assert "25%" in partial
    assert 'hx-trigger="every 1s"' in partial
    assert "<html" not in partial
    assert "<html" in client_of(marketer).get(f"/jobs/{job.pk}/").content.decode()


def test_a_finished_job_stops_asking_and_may_reload_the_page(owner: Staff, client_of: LogIn, now: datetime) -> None:
    job = _job(now, state=JobState.DONE, done=3, total=3)

    response = client_of(owner).get(f"/jobs/{job.pk}/?reload=1", **HTMX)

    assert response["HX-Refresh"] == "true"
    assert "hx-trigger" not in response.content.decode()


def test_a_job_is_cancelled_by_whoever_asked_for_it(
    marketer: Staff, finance: Staff, client_of: LogIn, now: datetime
) -> None:
    job = _job(now, marketer, state=JobState.RUNNING)

    assert client_of(finance).post(f"/jobs/{job.pk}/cancel/").status_code == 403
    assert not Job.objects.get().is_cancel_requested
    assert client_of(marketer).post(f"/jobs/{job.pk}/cancel/").status_code == 302

    assert Job.objects.get().is_cancel_requested
    assert AuditEntry.objects.get().verb == "jobs.cancelled"


def test_jobs_are_listed_by_state(owner: Staff, client_of: LogIn, now: datetime) -> None:
    jobs = {"failed": _job(now, state=JobState.FAILED), "asked": _job(now, owner), "recurring": _job(now)}

    def listed(state: str) -> list[str]:
        body = client_of(owner).get(f"/jobs/?state={state}").content.decode()
        return [name for name, job in jobs.items() if f"/jobs/{job.pk}/" in body]

    assert listed("") == ["asked"]
    assert listed("failed") == ["failed"]
    assert listed("queued") == ["asked"]
    assert listed("housekeeping") == ["failed", "recurring"]


COMPANY = {"name": "Willow", "time_zone": "UTC", "currency": "GBP", "language": "en"}


def test_a_new_time_zone_rebuilds_the_warehouse(owner: Staff, client_of: LogIn) -> None:
    browser = client_of(owner)

    browser.post("/settings/", COMPANY | {"name": "Birch"})
    assert not Job.objects.exists()
    browser.post("/settings/", COMPANY | {"name": "Birch", "time_zone": "Asia/Shanghai"})

    assert Job.objects.get().name == "warehouse.rebuild"
    company = Company.objects.get()
    assert (company.name, company.time_zone) == ("Birch", "Asia/Shanghai")
    assert [entry.summary for entry in AuditEntry.objects.order_by("pk")] == [
        {"fields": ["name"]},
        {"fields": ["time_zone"]},
    ]


def test_the_currency_is_fixed_once_orders_are_there(
    owner: Staff, client_of: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = client_of(owner)
    browser.post("/settings/", COMPANY | {"currency": "EUR"})
    assert Company.objects.get().currency == "EUR"
    monkeypatch.setattr("shuke.cdp.orders.queries.presence.any_recorded", lambda: True)

    response = browser.post("/settings/", COMPANY | {"currency": "USD"})

    assert response.status_code == 422
    assert Company.objects.get().currency == "EUR"


def test_a_shop_is_changed_but_keeps_its_code(owner: Staff, client_of: LogIn, now: datetime) -> None:
    shop, other = shop_named("Web", now=now), shop_named("Counter", now=now)
    browser = client_of(owner)

    browser.post(f"/shops/{shop.pk}/", {"name": "Web shop", "time_zone": "Asia/Tokyo", "currency": "JPY"})
    clash = browser.post(f"/shops/{other.pk}/", {"name": "Web shop", "time_zone": "UTC", "currency": ""})

    shop.refresh_from_db()
    assert (shop.name, shop.code, shop.currency) == ("Web shop", "web", "JPY")
    assert clash.status_code == 422
    assert Shop.objects.get(pk=other.pk).name == "Counter"


def test_mail_to_an_owner_is_for_owners(
    owner: Staff, admin: Staff, client_of: LogIn, tmp_path: Path, settings: Any
) -> None:
    settings.EMAIL_FILE_PATH = tmp_path
    letters = [
        mail.EmailMessage("进入", "see http://x/enter/abc/", to=[to]) for to in ("bo@willow.example", owner.email)
    ]
    letters[1].attach("周报.pdf", b"%PDF-1.7", "application/pdf")
    EmailBackend(file_path=str(tmp_path)).send_messages(letters)  # one connection: one file

    seen = {reader.role: client_of(reader).get("/outbox/").content.decode() for reader in (owner, admin)}

    assert [owner.email in seen["owner"], "bo@willow.example" in seen["owner"]] == [True, True]
    assert [seen["admin"].count("owner@"), "bo@willow.example" in seen["admin"]] == [0, True]
    (file,) = tmp_path.iterdir()
    for_bo, for_owner = f"/outbox/{file.stem}-0/", f"/outbox/{file.stem}-1/"
    assert client_of(admin).get(for_owner).status_code == 404
    assert owner.email not in client_of(admin).get(for_bo).content.decode()
    assert "/enter/abc/" in client_of(owner).get(for_owner).content.decode()
    assert client_of(owner).get("/outbox/..%2Fkeys%2Fdjango.key/").status_code == 404
    assert client_of(owner).get(f"{for_owner}files/0/").content == b"%PDF-1.7"
    assert client_of(owner).get(f"{for_owner}files/1/").status_code == 404
    assert client_of(admin).get(f"{for_owner}files/0/").status_code == 404


@pytest.mark.usefixtures("warehouse")
def test_the_system_page_says_how_things_are(owner: Staff, client_of: LogIn) -> None:
    body = client_of(owner).get("/system/").content.decode()

    assert "duckdb" in body
    assert "Python" in body
