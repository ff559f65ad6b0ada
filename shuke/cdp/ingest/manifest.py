"""What the collector plugs into."""

from shuke.cdp.ingest import api
from shuke.platform.manifest import Manifest, Mount

MANIFEST = Manifest(
    domain="ingest",
    mounts=(Mount(("/v1/", "/beacon/v1/", "/sourceConfig"), api.Collector),),
)
