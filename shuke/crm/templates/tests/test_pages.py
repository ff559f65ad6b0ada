"""Pages: writing, previews that are locked in, pictures, what surrounds templates."""

import json
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shuke.cdp.customers.testing import customer
from shuke.crm.templates import queries
from shuke.crm.templates.models import Picture, Template
from shuke.crm.templates.queries.checking import looked_at
from shuke.crm.templates.rules.ready import READY
from shuke.crm.templates.tests.conftest import LETTER, NOW
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role


@pytest.fixture
def browser(home, client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(
        Staff.objects.create_user(
            email="mara@example.com", password=None, name="Mara", role=Role.MARKETER, created_at=NOW
        )
    )
    return client


def png(width=10, height=10, extra=0):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0" * extra


@pytest.mark.parametrize("ready", READY, ids=lambda one: one.code)
def test_what_is_ready_to_begin_with_has_no_error(home, ready) -> None:
    for language, looked in looked_at(ready.channel, ready.purpose, ready.documents).items():
        assert [one.code for one in looked.findings if one.level == "error"] == [], language


def test_a_template_is_begun_written_published_and_taken_back(browser) -> None:
    answer = browser.post("/templates/new/", {"name": "Hi", "begin": "welcome", "channel": "sms", "purpose": "service"})
    template = Template.objects.get()
    assert answer.url == f"/templates/{template.uuid}/en/"
    assert (template.channel, template.purpose) == ("email", "marketing")

    page = f"/templates/{template.uuid}/"
    assert b"block-editor" in browser.get(f"{page}en/").content
    browser.post(f"{page}en/", {"document": json.dumps(LETTER), "note": "Shorter"})
    assert queries.newest_of(template).note == "Shorter"
    browser.post(f"{page}publish/")
    template = queries.find(template.uuid)
    assert template.published.number == 2
    assert set(queries.texts_of(template.published)) == {"en", "zh-hans"}

    browser.post(f"{page}restore/", {"number": "1"})
    assert queries.newest_of(template).number == 3
    assert queries.find(template.uuid).published.number == 2


def test_what_cannot_be_read_is_shown_again_and_nothing_is_lost(browser) -> None:
    browser.post("/templates/new/", {"name": "Hi", "begin": "welcome", "channel": "email", "purpose": "marketing"})
    page = f"/templates/{Template.objects.get().uuid}/en/"
    for broken in ("{", json.dumps({"subject": "x", "blocks": [{"kind": "video"}]}), "[" * 100_000):
        answer = browser.post(page, {"document": broken})
        assert answer.status_code == 422
    assert queries.newest_of(Template.objects.get()).number == 1


def test_a_preview_shows_what_one_customer_would_read_and_is_locked_in(browser) -> None:
    browser.post("/templates/new/", {"name": "Hi", "begin": "welcome", "channel": "email", "purpose": "marketing"})
    page = f"/templates/{Template.objects.get().uuid}/en/preview/"
    ada = customer(name="Ada <script>alert(1)</script>")

    shown = browser.get(page, {"customer": str(ada.uuid)})
    dark = browser.get(page, {"customer": str(ada.uuid), "dark": "1"})
    written = browser.post(page, {"customer": str(ada.uuid), "document": json.dumps(
        {**LETTER, "blocks": [{"kind": "text", "text": "{{ customer.shoe }} {{ coupon.code }}"}]})})  # fmt: skip

    assert b"Ada" in shown.content
    assert b"<script" not in shown.content
    assert "script-src" not in shown["Content-Security-Policy"]
    assert "sandbox" in shown["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert b"prefers-color-scheme: dark" in shown.content
    assert b"prefers-color-scheme: dark" not in dark.content
    assert b"customer.shoe" in written.content
    assert b"would not get it" in written.content


def test_pictures_are_checked_kept_once_and_seen_by_anybody(browser, client) -> None:
    for data, said in (
        (b"<svg onload=alert(1)>", b"not a PNG"),
        (png(9_000, 10), b"9000"),
        (png(extra=1_000_001), b"1000 kB"),
    ):
        answer = browser.post("/templates/pictures/", {"file": SimpleUploadedFile("x.png", data)})
        assert answer.status_code == 422
        assert said in answer.content
    for _twice in range(2):
        browser.post("/templates/pictures/", {"file": SimpleUploadedFile("cup.png", png())})
    kept = Picture.objects.get()

    browser.logout()
    seen = browser.get(f"/p/pictures/{kept.uuid}.png")

    assert (kept.width, kept.kind) == (10, "png")
    assert seen.content == png()
    assert seen["Content-Type"] == "image/png"
    assert browser.get(f"/p/pictures/{kept.uuid}.gif").status_code == 404


def test_brand_and_snippets_reach_what_is_published_next(browser) -> None:
    kit = {**queries.brand().model_dump(), "primary": "#aa0000", "postal_address": "1 Tea Road"}
    assert browser.post("/templates/brand/", {**kit, "primary": "red"}).status_code == 422
    browser.post("/templates/brand/", kit)
    assert browser.post("/templates/snippets/", {"code": "open", "name": "Open", "en": "{% if %}"}).status_code == 422
    browser.post("/templates/snippets/", {"code": "open", "name": "Open", "en": "Mo–Fr **9–17**", "zh": "周一至周五"})
    document = {**LETTER, "blocks": [{"kind": "snippet", "code": "open"}, {"kind": "footer"}]}

    prepared = looked_at("email", "marketing", {"en": document, "zh-hans": document})

    assert "<strong>9–17</strong>" in prepared["en"].prepared["html"]
    assert "周一至周五" in prepared["zh-hans"].prepared["text"]
    assert "1 Tea Road" in prepared["en"].prepared["html"]


def test_a_text_message_is_written_in_fields(browser) -> None:
    browser.post("/templates/new/", {"name": "Hi", "begin": "sms_sale", "channel": "sms", "purpose": "marketing"})
    template = Template.objects.get()
    page = f"/templates/{template.uuid}/zh-hans/"
    assert browser.post(page, {"text": "新茶", "params": "name"}).status_code == 422
    browser.post(
        page,
        {
            "text": "【茶】新茶，拒收请回复R",
            "provider_code": "SMS_1",
            "params": "name = {{ customer.name | default: '亲' }}",
        },
    )

    document = queries.texts_of(queries.newest_of(template))["zh-hans"].document
    assert document["params"] == {"name": "{{ customer.name | default: '亲' }}"}
    assert "13" in browser.get(f"{page}preview/").content.decode()
