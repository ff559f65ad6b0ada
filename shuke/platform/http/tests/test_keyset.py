from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest, QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shuke.platform.audit.models import AuditEntry
from shuke.platform.http.keyset import KeysetPage, paginate

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def _request(query: str) -> HttpRequest:
    request = HttpRequest()
    request.GET = QueryDict(query.removeprefix("?"))
    return request


def _page(query: str, keys: tuple[str, ...], per_page: int = 3) -> KeysetPage[AuditEntry]:
    return paginate(AuditEntry.objects.all(), _request(query), keys=keys, per_page=per_page)


def _write(hours: list[int]) -> None:
    AuditEntry.objects.bulk_create(
        [AuditEntry(at=_EPOCH + timedelta(hours=h), actor="a", actor_label="a", verb="v") for h in hours]
    )


class WalkingPages(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        hours=st.lists(st.integers(0, 4), max_size=14),
        keys=st.sampled_from([("-at", "-id"), ("at", "-id"), ("-at", "id")]),
    )
    def test_walks_every_row_once_there_and_back(self, hours: list[int], keys: tuple[str, ...]) -> None:
        _write(hours)
        expected = list(AuditEntry.objects.order_by(*keys).values_list("pk", flat=True))

        forward, page = [], _page("", keys)
        pages = [page]
        forward += [row.pk for row in page.rows]
        while page.next_url:
            page = _page(page.next_url, keys)
            pages.append(page)
            forward += [row.pk for row in page.rows]
        backward = [row.pk for row in page.rows]
        while page.prev_url:
            page = _page(page.prev_url, keys)
            backward = [row.pk for row in page.rows] + backward

        assert forward == expected
        assert backward == expected
        assert pages[0].prev_url == ""


@pytest.mark.django_db
def test_a_forged_cursor_starts_over():
    _write([1, 2, 3, 4, 5])

    honest, forged = _page("", ("-at", "-id")), _page("?after=WzFd:forged", ("-at", "-id"))

    assert [row.pk for row in forged.rows] == [row.pk for row in honest.rows]


@pytest.mark.django_db
def test_keeps_the_other_parameters():
    _write([1, 2, 3, 4, 5])

    assert _page("?verb=v&after=", ("-at", "-id")).next_url.startswith("?verb=v&after=")
