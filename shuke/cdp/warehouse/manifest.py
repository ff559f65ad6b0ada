"""What the warehouse plugs into."""

from datetime import timedelta

from shuke.cdp.warehouse import jobs
from shuke.platform.manifest import JobSpec, Manifest

MANIFEST = Manifest(
    domain="warehouse",
    jobs=(
        JobSpec("warehouse.rebuild", jobs.rebuild, max_attempts=2),
        JobSpec("warehouse.tidy", jobs.tidy, every=timedelta(days=1)),
        JobSpec("warehouse.squash", jobs.squash, every=timedelta(minutes=5), lane="quick"),
    ),
)
