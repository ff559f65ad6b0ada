"""What imports plug into."""

from datetime import timedelta

from shuke.platform.imports import jobs
from shuke.platform.imports.actions.forgetting import ImagesForUndo
from shuke.platform.imports.queries import IMAGE_CONTEXT
from shuke.platform.manifest import JobSpec, Manifest, SealedColumn

MANIFEST = Manifest(
    domain="imports",
    jobs=(
        JobSpec("imports.check", jobs.check),
        JobSpec("imports.run", jobs.run),
        JobSpec("imports.undo", jobs.undo),
        JobSpec("imports.forget_uploads", jobs.forget_uploads, every=timedelta(days=1), lane="quick"),
    ),
    sealed=(SealedColumn("imports.BeforeImage", "before", IMAGE_CONTEXT),),
    retention=(ImagesForUndo(),),
)
