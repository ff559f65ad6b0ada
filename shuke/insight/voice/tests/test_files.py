"""Texts from a file, topics said by hand, and summaries by an outside service that is a fake of ours."""

import io
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import xlsxwriter
from django.urls import reverse

from shuke.insight.voice import actions
from shuke.insight.voice.actions import arranging, summarising
from shuke.insight.voice.errors import NoSummary
from shuke.insight.voice.models import Endpoint, Judge, Label, Text, TextTopic
from shuke.insight.voice.queries import topics_of
from shuke.insight.voice.queries.words import body_of
from shuke.insight.voice.testing import NOW, reviews, taken
from shuke.platform.audit.models import AuditEntry
from shuke.platform.company.actions import shop_named


def sent(client, content, *, shop, kind="review"):
    name = "texts.xlsx" if content[:2] == b"PK" else "texts.csv"
    file = io.BytesIO(content)
    file.name = name
    return client.post(reverse("voice:file"), {"kind": kind, "shop": shop.pk, "file": file})


@pytest.fixture
def web(company):
    return shop_named("web", now=NOW, currency="GBP")


def test_good_rows_are_taken_and_bad_ones_are_named(web, owner, agent, client_of):
    content = (
        "评价编号,评价内容,评价时间,星级,情感标签,会员编号\n"
        "1,收到就坏了,2024-06-01,1,差评,u1\n"
        "2,柔软舒服很喜欢,2024-06-02,5,好评,u2\n"
        "3,,2024-06-02,5,,u2\n"
        "4,一般般吧,2024-06-02,9,,u2\n"
        "5,一般般吧,not a day,3,,u2\n"
        "6,一般般吧,2024-06-02,3,meh,u2\n"
    )  # fmt: skip

    page = sent(client_of(owner), content.encode("gb18030"), shop=web)

    refused = dict(page.context["refused"])
    assert sorted(refused) == [4, 5, 6, 7]
    assert "no words" in refused[4]
    assert "1 to 5" in refused[5]
    assert "not a date" in refused[6]
    assert "“meh” is no label" in refused[7]
    texts = {one.external_id: one for one in Text.objects.all()}
    assert {key: (one.sentiment, one.judge, one.language) for key, one in texts.items()} == {
        "1": (-1, Judge.PERSON, "zh"), "2": (1, Judge.PERSON, "zh"),
    }  # fmt: skip
    assert texts["1"].customer_id is not None
    assert texts["1"].customer_id != texts["2"].customer_id
    assert AuditEntry.objects.get(verb="voice.file_taken").summary == {
        "texts": 2,
        "known": 0,
        "labels": 2,
        "refused": 4,
    }
    assert sent(client_of(agent), content.encode(), shop=web).status_code == 403


def test_a_workbook_taken_twice_is_there_once(web, owner, client_of):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("text", "date"), ("=Too small", "2024-06-03"), ("Too small", "2024-06-04")]):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    client = client_of(owner)

    for _ in range(2):
        assert sent(client, target.getvalue(), shop=web, kind="survey").status_code == 302

    assert sorted(body_of(one) for one in Text.objects.all()) == ["=Too small", "Too small"]
    assert set(Text.objects.values_list("kind", flat=True)) == {"survey"}
    assert not Label.objects.exists()
    for content in (b"", b"id,date\n1,2024-06-01\n", b"\x00\x01\x02"):
        assert sent(client, content, shop=web).status_code == 422


def test_what_people_say_a_text_is_about_stands_alone(company, owner, actor, client_of):
    text = taken([record for record, _truth in reviews(1)])[0]
    parcels, colours = (arranging.pin(name, [name], by=actor, now=NOW) for name in ("parcels", "colours"))
    arranging.write_found([text.pk], [(text.pk, colours.pk)])
    url = reverse("voice:about", args=[text.uuid])

    client_of(owner).post(url, {"topic": [parcels.pk, 999, "x"]})
    arranging.write_found([text.pk], [(text.pk, colours.pk)])

    assert [one.name for one in topics_of([text.pk])[text.pk]] == ["parcels"]
    client_of(owner).post(url, {})
    arranging.write_found([text.pk], [(text.pk, colours.pk)])
    assert [one.by_person for one in TextTopic.objects.all()] == [False]


class Fake(ThreadingHTTPServer):
    """An outside service on this machine: it notes what it is asked, and answers as it is told."""

    asked: list
    answer: tuple


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers.get("Authorization"), json.loads(body)))
        status, said = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *said):
        """Keep quiet."""


@contextmanager
def fake():
    server = Fake(("127.0.0.1", 0), _Answers)
    server.asked = []
    server.answer = (200, json.dumps({"choices": [{"message": {"content": " Kettles leak (2 texts). "}}]}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_address[1]}/v1/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_summary_is_asked_for_without_names_and_numbers(company, owner, analyst, client_of, settings):
    settings.SHUKE_OUTGOING_ALLOWED = ["127.0.0.1"]
    record = reviews(1)[0][0]
    said = actions.TextRecord(
        "r9", "The kettle leaks, call me on 13912345678 or mail ada@example.com", record.written_at
    )
    taken([record, said])
    client = client_of(owner)
    texts = reverse("voice:texts")
    assert "Summarise these" not in client.get(texts).content.decode()
    assert client.post(reverse("voice:summarise")).status_code == 404
    with fake() as (server, url):
        form = {"is_on": "on", "url": url, "model": "local", "api_key": "sk-secret"}
        client.post(reverse("voice:settings"), form)
        assert "Summarise these" in client.get(texts).content.decode()

        page = client.post(reverse("voice:summarise"), {"kind": "review"}).content.decode()

        ((path, key, asked),) = server.asked
        assert "Kettles leak (2 texts)." in page
        assert (path, key, asked["model"]) == ("/v1/chat/completions", "Bearer sk-secret", "local")
        words = asked["messages"][1]["content"]
        assert "kettle leaks" in words
        assert not any(secret in words for secret in ("13912345678", "ada@example.com"))
        assert b"sk-secret" not in bytes(Endpoint.objects.get().sealed)
        assert "sk-secret" not in client.get(reverse("voice:settings")).content.decode()

        for answer, reason in (
            ((500, "{}"), "answered 500"),
            ((200, "<html>"), "no summary"),
            ((200, "[]"), "no summary"),
        ):
            server.answer = answer
            assert reason in client.post(reverse("voice:summarise")).content.decode()
    assert "cannot be reached" in client.post(reverse("voice:summarise")).content.decode()
    assert client_of(analyst).get(reverse("voice:settings")).status_code == 403


def test_a_private_address_is_never_asked_and_a_key_goes_with_its_address(company, actor):
    with fake() as (server, url):
        summarising.configure(is_on=True, url=url, model="m", api_key="k", by=actor, now=NOW)
        with pytest.raises(NoSummary, match="private network"):
            summarising.summarise(taken([reviews(1)[0][0]]), by=actor, now=NOW)
        assert server.asked == []
    summarising.configure(is_on=True, url=url, model="other", api_key="", by=actor, now=NOW)
    assert Endpoint.objects.get().sealed
    summarising.configure(is_on=True, url="https://elsewhere.example/v1", model="m", api_key="", by=actor, now=NOW)
    assert not Endpoint.objects.get().sealed
