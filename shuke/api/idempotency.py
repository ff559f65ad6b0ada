"""Repeating a write without doing it twice."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from shuke.api import errors, problems
from shuke.api.models import StoredAnswer
from shuke.platform.staff import api_keys
from shuke.platform.staff.models import ApiKey

KEPT_FOR = timedelta(hours=24)
# A request that has not answered for so long has died; its key may be tried again.
GIVEN_UP_AFTER = timedelta(minutes=2)
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_MOST_KEY_CHARS = 200

Run = Callable[..., HttpResponse]


def repeatable(run: Run) -> Run:
    """Answer a write that carries a known ``Idempotency-Key`` from memory, else do it and remember its answer.

    The key counts per API key, so the caller is recognised first; an unknown caller goes on and is refused as usual.
    Answers of broken requests (5xx) and of throttled ones are not remembered: repeating them is the point.
    """

    @wraps(run)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        said = request.headers.get("Idempotency-Key", "")[:_MOST_KEY_CHARS]
        if request.method not in _WRITES or not said:
            return run(request, *args, **kwargs)
        caller = api_keys.recognise(request.headers.get("Authorization", "").partition(" ")[2])
        if caller is None:
            return run(request, *args, **kwargs)
        now: datetime = request.now  # type: ignore[attr-defined]
        try:
            stored = _claim(caller, said, _fingerprint(request), now=now)
        except (errors.IdempotencyError, RequestDataTooBig) as refusal:
            return problems.of(request, refusal)
        if stored.status is not None:
            return _again(stored)
        return _first(stored, lambda: run(request, *args, **kwargs))

    return answer


def _first(stored: StoredAnswer, run: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        response = run()
    except Exception:
        stored.delete()
        raise
    if response.status_code >= 500 or response.status_code == 429:
        stored.delete()
    else:
        StoredAnswer.objects.filter(pk=stored.pk).update(status=response.status_code, body=response.content)
    return response


def _again(stored: StoredAnswer) -> HttpResponse:
    assert stored.status is not None
    kind = "application/json" if stored.status < 400 else problems.CONTENT_TYPE
    response = HttpResponse(bytes(stored.body), status=stored.status, content_type=kind)
    response["Idempotent-Replayed"] = "true"
    return response


def _claim(caller: ApiKey, key: str, fingerprint: str, *, now: datetime) -> StoredAnswer:
    """Return the stored answer of ``key``, or a new row without status that this request now owns."""
    _forget_dead(caller, key, now=now)
    try:
        with transaction.atomic():
            return StoredAnswer.objects.create(api_key=caller, key=key, fingerprint=fingerprint, created_at=now)
    except IntegrityError:
        stored = StoredAnswer.objects.filter(api_key=caller, key=key).first()
    if stored is None or (stored.status is None and stored.fingerprint == fingerprint):
        raise errors.StillWorking
    if stored.fingerprint != fingerprint:
        raise errors.KeyReused
    return stored


def _forget_dead(caller: ApiKey, key: str, *, now: datetime) -> None:
    mine = StoredAnswer.objects.filter(api_key=caller, key=key)
    mine.filter(created_at__lt=now - KEPT_FOR).delete()
    mine.filter(status=None, created_at__lt=now - GIVEN_UP_AFTER).delete()


def forget_old(*, now: datetime) -> int:
    """Delete answers older than a day; return how many."""
    return StoredAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]


def _fingerprint(request: HttpRequest) -> str:
    said = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(said).hexdigest()
