"""What the log plugs into."""

from shuke.platform.manifest import Manifest

MANIFEST = Manifest(domain="events")
