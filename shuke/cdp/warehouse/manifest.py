"""What the warehouse plugs into."""

from shuke.cdp.warehouse import jobs
from shuke.platform.manifest import JobSpec, Manifest

MANIFEST = Manifest(domain="warehouse", jobs=(JobSpec("warehouse.rebuild", jobs.rebuild, max_attempts=2),))
