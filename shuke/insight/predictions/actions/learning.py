"""The process that learns, run beside the server."""

from pathlib import Path

from shuke.insight.predictions.errors import LearningFailed
from shuke.platform.jobs import children
from shuke.platform.jobs.children import Watch

_PROGRAM = "shuke.insight.predictions.engine.child"


def learn(folder: Path, watch: Watch) -> None:
    """Run the process on ``folder`` until it is done. Raises ``LearningFailed`` with what it said last."""
    try:
        children.run(_PROGRAM, folder, watch)
    except children.ChildFailed as failed:
        raise LearningFailed(str(failed)) from failed
