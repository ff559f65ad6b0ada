"""Which words of a text spoke for what it is judged to be."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shuke.insight.voice import queries
from shuke.insight.voice.models import Run, Text


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, in order: ``push`` above zero speaks for negative, below for positive, 0 for neither."""

    text: str
    push: int


def why(text: Text, body: str) -> list[Piece]:
    """Return a text in pieces with how strongly each speaks; nothing where nothing was learned."""
    if text.run is None or not text.run.model_file:
        return []
    from shuke.insight.voice.engine.explaining import pushes

    return [Piece(said, push) for said, push in pushes(_model(text.run_id or 0), body)]


@lru_cache(maxsize=2)
def _model(run_id: int) -> Any:
    from shuke.insight.voice.engine.classifier import Model

    return Model.unpacked(queries.model_of(Run.objects.get(pk=run_id)))
