"""The least that could be called a collector, to compare with: msgspec and one SQLite table on the same HTTP server.

    python -m benchmarks.bare_collector PORT FILE

No sources, no quota, no seal, no dedupe, no pipeline; group commit, so that what it answers is durable.
"""

import asyncio
import queue
import sqlite3
import sys
import threading
from typing import Any

import msgspec


class Bare:
    """The ASGI application."""

    def __init__(self, path: str) -> None:
        self._waiting: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        self._decode = msgspec.json.Decoder().decode
        threading.Thread(target=self._write, args=(path,), daemon=True).start()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Decode a body, wait until it is durable, say so."""
        if scope["type"] != "http":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self._decode(body)
        done = asyncio.get_running_loop().create_future()
        self._waiting.put((body, done))
        await done
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b'{"success":true}'})

    def _write(self, path: str) -> None:
        database = sqlite3.connect(path, isolation_level=None)
        database.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE inbox (id INTEGER PRIMARY KEY, body BLOB)"
        )
        while True:
            group = [self._waiting.get()]
            while not self._waiting.empty():
                group.append(self._waiting.get())
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO inbox (body) VALUES (?)", [(body,) for body, _ in group])
            database.execute("COMMIT")
            waiters = [waiter for _, waiter in group]
            waiters[0].get_loop().call_soon_threadsafe(_settle, waiters)


def _settle(waiters: list["asyncio.Future[None]"]) -> None:
    for waiter in waiters:
        waiter.set_result(None)


async def main(port: int, path: str) -> None:
    """Serve until stopped."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    server = Server(
        Bare(path), address="127.0.0.1", port=port, interface=Interfaces.ASGI, websockets=False, backlog=1024
    )
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
