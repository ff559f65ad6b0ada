"""The program of the process that learns: one task from its standard input, one answer to its standard output.

Texts come and go through pipes, never through files: nothing that people wrote lies on the disk in clear.
"""

import json
import sys
from typing import Any


def main() -> None:
    """Do the task and answer."""
    from threadpoolctl import threadpool_limits

    task = json.loads(sys.stdin.buffer.read())
    with threadpool_limits(limits=1):
        answer = TASKS[task["task"]](task)
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())


def train(task: dict[str, Any]) -> dict[str, Any]:
    """Learn from labelled texts."""
    from shuke.insight.voice.engine.training import Example, learn

    return learn([Example(*one) for one in task["examples"]])


def judge(task: dict[str, Any]) -> dict[str, Any]:
    """Say the sentiment of texts by what was learned, and which topics they are about."""
    from shuke.insight.voice.engine.judging import judged

    return judged(task)


def topics(task: dict[str, Any]) -> dict[str, Any]:
    """Find what texts are about."""
    from shuke.insight.voice.engine import judging

    return judging.topics(task)


def complaints(task: dict[str, Any]) -> dict[str, Any]:
    """Count who complains of which words."""
    from shuke.insight.voice.engine import judging

    return judging.complaints(task)


TASKS = {"train": train, "judge": judge, "topics": topics, "complaints": complaints}


if __name__ == "__main__":
    main()
