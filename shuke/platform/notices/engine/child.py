"""The process that sends to other services: a list of messages on stdin, what became of each on stdout, as JSON.

A program of its own, so that the server never loads some two hundred kinds of services, and a service that hangs can be
ended. What somebody typed as an address must not lead into our own network, whatever name it hides behind: every answer
of the resolver is judged in here, and connections go to what was judged.
"""

import io
import json
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any

from shuke.platform.http.outgoing import is_public
from shuke.platform.notices.rules import LOCAL, service_of

UNKNOWN, PRIVATE, REFUSED = "not_understood", "private_network", "refused"


class _Private(OSError):
    """A name that leads into a private network."""


def main() -> None:
    """Send what stdin lists."""
    said = json.load(sys.stdin)
    turned_away: list[str] = []
    socket.getaddrinfo = _guarded(socket.getaddrinfo, frozenset(said["allowed"]), turned_away)
    answers = {}
    for message in said["messages"]:
        turned_away.clear()
        answers[message["id"]] = _sent(message, turned_away)
    json.dump(answers, sys.stdout)


def _guarded(resolve: Callable[..., Any], allowed: frozenset[str], turned_away: list[str]) -> Callable[..., Any]:
    def judged(host: Any, *args: Any, **kwargs: Any) -> Any:
        answers = resolve(host, *args, **kwargs)
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name not in allowed and not all(is_public(str(answer[4][0])) for answer in answers):
            turned_away.append(name)
            raise _Private(f"{name} lies in a private network")
        return answers

    return judged


def _sent(message: dict[str, str], turned_away: list[str]) -> dict[str, str]:
    import apprise

    asset = apprise.AppriseAsset(app_id="Shuke", app_desc="Shuke", app_url="", secure_logging=True)
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setLevel(logging.WARNING)
    apprise.logger.addHandler(handler)
    try:
        service = apprise.Apprise.instantiate(message["url"], asset=asset, suppress_exceptions=True)
        if service is None or service_of(message["url"]) in LOCAL:
            return {"error": UNKNOWN, "detail": ""}
        is_sent = service.notify(body=message["body"], title=message["title"], notify_type=message["type"])
    except Exception as wrong:  # noqa: BLE001  two hundred services, each with errors of its own
        return {"error": REFUSED, "detail": f"{type(wrong).__name__}: {wrong}"[:300]}
    finally:
        apprise.logger.removeHandler(handler)
    if is_sent:
        return {}
    if turned_away:
        return {"error": PRIVATE, "detail": turned_away[0]}
    return {"error": REFUSED, "detail": " ".join(heard.getvalue().split())[:300]}


if __name__ == "__main__":
    main()
