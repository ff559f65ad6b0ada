"""The outside service that may write summaries."""

from shuke.insight.voice.models import Endpoint

KEY_SEALED_AS = b"voice.endpoint"


def endpoint() -> Endpoint | None:
    """Return the service as it is set, None before anybody set one."""
    return Endpoint.objects.first()


def is_on() -> bool:
    """Whether summaries may be asked for."""
    found = endpoint()
    return found is not None and found.is_on and bool(found.url and found.model)
