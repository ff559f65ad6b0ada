"""What browser clients fetch before they send: the settings of their source."""

from dataclasses import dataclass
from typing import Any

from shuke.cdp.ingest.actions.book import Known

_SETTINGS = "/settings"
_PROJECTS = "/v1/projects/"
_SOURCE_CONFIG = "/sourceConfig"


@dataclass(frozen=True, slots=True)
class Here:
    """The address under which the client reached us."""

    is_https: bool
    host: str

    @property
    def url(self) -> str:
        """Return it as a URL."""
        return f"{'https' if self.is_https else 'http'}://{self.host}"


def is_about(path: str) -> bool:
    """Whether settings are served at a path."""
    return path == _SOURCE_CONFIG or (path.startswith(_PROJECTS) and path.endswith(_SETTINGS))


def key_in(path: str) -> str:
    """Return the key that a path names, if it does.

    >>> key_in("/v1/projects/WK/settings")
    'WK'
    """
    return path.removeprefix(_PROJECTS).removesuffix(_SETTINGS) if path.startswith(_PROJECTS) else ""


def describe(path: str, source: Known, here: Here) -> dict[str, Any]:
    """Return the settings in the form of the client that asks."""
    return _for_rudder(source, here) if path == _SOURCE_CONFIG else _for_segment(source, here)


def _for_segment(source: Known, here: Here) -> dict[str, Any]:
    """Segment's: without ``integrations`` its client never starts; ``apiHost`` makes it send here too."""
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": source.write_key, "apiHost": f"{here.host}/v1", "protocol": here.url.partition(":")[0],
                "unbundledIntegrations": [], "addBundledMetadata": True, "versionSettings": {"version": "4.4.7"},
            }
        },
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
        "consent": {"required": source.sender.needs_consent},
    }  # fmt: skip


def _for_rudder(source: Known, here: Here) -> dict[str, Any]:
    """RudderStack's: an enabled source without destinations, whose data plane is here."""
    return {
        "source": {
            "id": source.code, "name": source.name, "writeKey": source.write_key, "enabled": True,
            "workspaceId": "shuke", "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
            "connections": [], "destinations": [], "dataplanes": {"US": [{"url": here.url, "default": True}]},
        },
        "consent": {"required": source.sender.needs_consent},
    }  # fmt: skip
