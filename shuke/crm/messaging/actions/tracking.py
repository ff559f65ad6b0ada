"""Links and openings of messages: made when they are written, counted when somebody follows them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from html import escape, unescape
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.crm.messaging.actions.recording import settle
from shuke.crm.messaging.actions.telling import common, tell
from shuke.crm.messaging.errors import BadLink
from shuke.crm.messaging.models import Link, Message
from shuke.crm.messaging.queries import links
from shuke.crm.messaging.rules import machines, tokens
from shuke.kernel.messages import Content
from shuke.vocabulary.messaging import MessageClicked, MessageOpened

_HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?://[^"'\s]+)\2""", re.IGNORECASE)
_MOST_LENGTH = 2_000
# More clicks than this in one message say nothing more.
MOST_COUNTED = 50


def track(contents: Mapping[UUID, Content], *, now: datetime) -> dict[UUID, Content]:
    """Return e-mails whose links lead through us and that tell when they are opened; other messages as they are.

    An address that leads to ourselves (unsubscribing, preferences) stays as it is.
    """
    found: dict[UUID, set[str]] = {}
    for message, content in contents.items():
        if content.html:
            found[message] = {unescape(match[3]) for match in _HREF.finditer(content.html)}
    own = links.base()
    wanted = {
        url for urls in found.values() for url in urls if not url.startswith(f"{own}/p/") and len(url) <= _MOST_LENGTH
    }
    numbers = _numbers(wanted, now)
    return {message: _led(message, contents[message], numbers) for message in found}


def _led(message: UUID, content: Content, numbers: Mapping[str, int]) -> Content:
    def through_us(match: re.Match[str]) -> str:
        number = numbers.get(unescape(match[3]))
        url = links.click_url(message, number) if number is not None else None
        return f"{match[1]}{match[2]}{escape(url)}{match[2]}" if url else match[0]

    html = _HREF.sub(through_us, content.html)
    picture = f'<img src="{escape(links.open_url(message))}" width="1" height="1" alt="" style="display:none">'
    at = html.lower().rfind("</body>")
    html = f"{html}{picture}" if at < 0 else f"{html[:at]}{picture}{html[at:]}"
    return replace(content, html=html)


def _numbers(urls: set[str], now: datetime) -> dict[str, int]:
    """Return the numbers under which addresses are kept; new ones are added."""
    digests = {sha256(url.encode()).digest(): url for url in urls}
    known = _known(digests)
    missing = [digest for digest, url in digests.items() if url not in known]
    if missing:
        with transaction.atomic():
            Link.objects.bulk_create(
                [Link(digest=digest, url=digests[digest], made_at=now) for digest in missing], ignore_conflicts=True
            )
        known = _known(digests)
    return known


def _known(digests: Mapping[bytes, str]) -> dict[str, int]:
    rows = Link.objects.filter(digest__in=list(digests)).values_list("digest", "pk")
    return {digests[bytes(digest)]: pk for digest, pk in rows}


# -- following


@transaction.atomic
def follow(token: str, *, agent: str, now: datetime) -> str:
    """Count that somebody followed a link and return where it leads. Raises ``BadLink`` for a link that we did not make."""
    found = tokens.read(links.secret(), tokens.CLICK, token)
    link = Link.objects.filter(pk=found[1]).first() if found else None
    if found is None or link is None:
        raise BadLink(_("This link is none of ours, or a part of it was lost on the way."))
    message = Message.objects.select_for_update().filter(uuid=found[0]).first()
    if message is not None and message.clicks < MOST_COUNTED and not machines.is_scanner(agent, message.sent_at, now):
        is_first = message.clicked_at is None
        settle([message], now=now)
        message.clicks, message.clicked_at = message.clicks + 1, message.clicked_at or now
        message.save(update_fields=["clicks", "clicked_at"])
        tell(
            [message],
            lambda one: MessageClicked(one.uuid.hex, **common(one), link=link.pk, first=is_first),
            now=now,
        )
    return link.url


@transaction.atomic
def opened(token: str, *, agent: str, now: datetime) -> bool:
    """Note that a message was opened; return whether that says anything new. A machine that opens everything is told apart."""
    found = tokens.read(links.secret(), tokens.OPEN, token)
    message = Message.objects.select_for_update().filter(uuid=found[0]).first() if found else None
    if message is None:
        return False
    by_proxy = machines.is_proxy(agent, message.sent_at, now)
    if message.opened_at is not None and (by_proxy or not message.is_open_by_proxy):
        return False
    settle([message], now=now)
    message.opened_at, message.is_open_by_proxy = now, by_proxy
    message.save(update_fields=["opened_at", "is_open_by_proxy"])
    tell([message], lambda one: MessageOpened(one.uuid.hex, **common(one), by_proxy=by_proxy), now=now)
    return True
