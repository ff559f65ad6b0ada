"""Providers that are spoken to by HTTP, one request per message.

The line that matters is the request leaving. Before a connection stands, nothing can have been sent: safe to try again. After it,
only an answer that can be read says what became of the message; anything else is "unknown".
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import httpx

from shuke.crm.channels.errors import BadContent, ProviderUnavailable
from shuke.crm.channels.kinds.kind import Load, MayGo, opened
from shuke.crm.channels.rules.parcels import DEFERRED, FAILED, NOT_STARTED, UNKNOWN, Handed, Parcel
from shuke.platform.http import outgoing
from shuke.platform.http.outgoing import ForbiddenAddress

LATER, SOON = 300, 30
NO_ANSWER, PRIVATE, LOST, LOGIN, BUSY, NOT_UNDERSTOOD = (
    "no_answer", "private_network", "lost", "login", "busy", "not_understood",
)  # fmt: skip
_STUCK = frozenset({NO_ANSWER, PRIVATE, LOGIN})


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent for one message."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Provider(Protocol):
    """How a provider wants to be asked, and what its answers mean."""

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        """Return the request of a message; raise ``BadContent`` or ``ProviderUnavailable``."""
        ...

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        """Return what an answer means; ``said`` is its JSON, {} where it is none. None: it does not say."""
        ...

    def is_stale(self, said: Any) -> bool:
        """Whether the provider refused our token, and nothing else: the message is asked for once more, with a new one."""
        ...


class WithoutToken:
    """A provider whose requests are signed one by one."""

    def is_stale(self, said: Any) -> bool:
        """Return False: there is no token that could end."""
        return False


def _client() -> httpx.Client:
    return outgoing.client()


class HttpCarrier:
    """Takes messages to a provider, over connections that are kept."""

    def __init__(self, provider: Provider, make_client: Callable[[], httpx.Client] = _client) -> None:
        self._provider, self._make = provider, make_client
        self._client: httpx.Client | None = None

    def carry(self, load: Load, may_go: MayGo) -> Iterator[Handed]:
        """Send messages one after the other. A provider that lets nobody in is not asked again for the same load."""
        parcels = opened(load)
        stuck: Handed | None = None
        for parcel in parcels:
            if stuck is not None:
                yield replace(stuck, key=parcel.key)
                continue
            answer = self._one(parcel, may_go)
            if answer.state == NOT_STARTED and answer.code in _STUCK:
                stuck = answer
            yield answer

    def close(self) -> None:
        """Let go of connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _one(self, parcel: Parcel, may_go: MayGo) -> Handed:
        client = self._client = self._client or self._make()
        try:
            asked = self._provider.ask(parcel, client)
        except BadContent as bad:
            code = str(bad.facts.get("code", "bad_content"))
            return Handed(parcel.key, FAILED, code=code, is_address=code == "bad_address")
        except ProviderUnavailable as away:
            return _unavailable(parcel, away)
        if not may_go(parcel.key):
            return Handed(parcel.key, NOT_STARTED)
        answer = self._exchanged(parcel, asked, client)
        if answer is None:  # refused for its token alone, so nothing was sent
            try:
                answer = self._exchanged(parcel, self._provider.ask(parcel, client), client, is_second=True)
            except ProviderUnavailable as away:
                answer = _unavailable(parcel, away)
        assert answer is not None
        return answer

    def _exchanged(
        self, parcel: Parcel, asked: Request, client: httpx.Client, *, is_second: bool = False
    ) -> Handed | None:
        """Send a request and judge its answer; None the first time a token was refused."""
        try:
            response = client.request(asked.method, asked.url, headers=dict(asked.headers), content=asked.body)
        except ForbiddenAddress as forbidden:
            return Handed(parcel.key, NOT_STARTED, code=PRIVATE, detail=str(forbidden), retry_after=LATER)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as away:
            return Handed(parcel.key, NOT_STARTED, code=NO_ANSWER, detail=type(away).__name__, retry_after=LATER)
        except (httpx.HTTPError, httpx.InvalidURL) as lost:
            return Handed(parcel.key, UNKNOWN, code=LOST, detail=type(lost).__name__)
        if self._provider.is_stale(readable(response)) and not is_second:
            return None
        return self._judged(parcel, response)

    def _judged(self, parcel: Parcel, response: httpx.Response) -> Handed:
        said = readable(response)
        if response.status_code == 429:
            return Handed(parcel.key, DEFERRED, code=BUSY, detail="429", retry_after=pause_of(response))
        answer = self._provider.judge(parcel, response.status_code, said)
        if answer is not None:
            return answer
        if response.status_code == 503:
            return Handed(parcel.key, DEFERRED, code=BUSY, detail="503", retry_after=pause_of(response))
        if response.status_code in {401, 403}:
            return Handed(parcel.key, NOT_STARTED, code=LOGIN, detail=str(response.status_code), retry_after=LATER)
        if 400 <= response.status_code < 500:
            return Handed(parcel.key, FAILED, code=str(response.status_code))
        return Handed(parcel.key, UNKNOWN, code=NOT_UNDERSTOOD, detail=str(response.status_code))


def _unavailable(parcel: Parcel, away: ProviderUnavailable) -> Handed:
    code = str(away.facts.get("code", NO_ANSWER))
    return Handed(parcel.key, NOT_STARTED, code=code, detail=str(away)[:200], retry_after=LATER)


def readable(response: httpx.Response) -> Any:
    """Return the JSON object of an answer, {} where it is none."""
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(response.content)
        if isinstance(said, dict):
            return said
    return {}


def pause_of(response: httpx.Response) -> int:
    """Return for how long a provider wants to be left alone: half a minute unless it says, an hour at most."""
    said = response.headers.get("Retry-After", "")
    return min(int(said), 3600) if said.isdigit() else SOON
