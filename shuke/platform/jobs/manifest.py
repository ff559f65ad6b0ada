"""What the queue plugs into: it tidies up after itself."""

from datetime import timedelta
from typing import Any

from shuke.platform.jobs import actions
from shuke.platform.jobs.context import JobContext
from shuke.platform.manifest import JobSpec, Manifest

KEPT_FOR = timedelta(days=30)


def tidy(context: JobContext, **_: Any) -> None:
    """Forget jobs that ended long ago."""
    actions.forget_finished(before=context.now() - KEPT_FOR)


MANIFEST = Manifest(domain="jobs", jobs=(JobSpec("jobs.tidy", tidy, every=timedelta(days=1), lane="quick"),))
