"""The ASGI application: Django for everything it is not told to answer otherwise."""

import os

import django

from shuke.config.bridge import DjangoInThreads, Receive, Scope, Send, default_threads
from shuke.platform.manifest import AsgiApplication, installed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")


class Application:
    """Sends each connection to the part that serves it.

    Anything that must be faster than Django is mounted here, beside it, by path prefix.
    """

    def __init__(self, threads: int) -> None:
        django.setup(set_prefix=False)
        self._django = DjangoInThreads(threads)
        mounts = [mount for manifest in installed() for mount in manifest.mounts]
        self._mounted = [(mount.prefixes, mount.make()) for mount in mounts]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._part_for(scope["path"])(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _part_for(self, path: str) -> AsgiApplication:
        return next((part for prefixes, part in self._mounted if path.startswith(prefixes)), self._django)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._django.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


application = Application(default_threads())
