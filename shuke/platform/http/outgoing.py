"""Calls to other people's servers, on behalf of an address that somebody typed into a form.

Such an address must not lead into our own network. Looking at its spelling is not enough (``127.1``, ``2130706433``, a name
that resolves to 169.254.169.254): the name is resolved once, every answer is judged, and the connection goes to exactly the
address that was judged. Redirects are not followed.
"""

import ipaddress
import socket
from typing import Any

import httpcore
import httpx
from django.conf import settings
from typing_extensions import override

from shuke.kernel.errors import Kind, ShukeError

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_FORBIDDEN = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "::/127", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
]  # fmt: skip
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddress(ShukeError):
    """An address that leads into a private network, or nowhere."""

    code = "http.forbidden_address"
    kind = Kind.INVALID


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also when it is wrapped in another.

    >>> [is_public(one) for one in ("93.184.216.34", "127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "100.100.100.200")]
    [True, False, False, False, False]
    """
    found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return not any(found in network for network in _FORBIDDEN if network.version == found.version)


def judged(host: str, port: int) -> str:
    """Resolve a name once and return the address to connect to; raise ``ForbiddenAddress``, ``OSError`` or ``UnicodeError``."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if host not in settings.SHUKE_OUTGOING_ALLOWED and not all(is_public(address) for address in addresses):
        raise ForbiddenAddress(f"{host} lies in a private network", host=host)
    return addresses[0]


class _Guard(httpcore.SyncBackend):
    """Connects only to addresses that were judged."""

    @override
    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Resolve, judge, connect."""
        try:
            address = judged(host, port)
        except (OSError, UnicodeError) as unknown:
            raise httpcore.ConnectError(f"{host} is not known") from unknown
        return super().connect_tcp(address, port, *args, **kwargs)


def client(**options: Any) -> httpx.Client:
    """Return a client that reaches only the open internet, and what ``SHUKE_OUTGOING_ALLOWED`` names.

    The certificate is still checked against the name. Close it when done.
    """
    transport = httpx.HTTPTransport(retries=1)
    inner = transport._pool
    transport._pool = httpcore.ConnectionPool(ssl_context=inner._ssl_context, retries=1, network_backend=_Guard())
    return httpx.Client(transport=transport, timeout=_TIMEOUT, follow_redirects=False, trust_env=False, **options)
