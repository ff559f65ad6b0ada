"""Reading the cells of many rows: every distinct value is read once and remembered."""

from collections.abc import Callable
from typing import Any

from shuke.platform.imports.rules.refusals import Refused

_MOST_REMEMBERED = 100_000


class Remembered(dict[Any, Any]):
    """What a function says about each value, asked once per value. A refusal is remembered like an answer."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: Any) -> Any:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        try:
            answer = self._function(key)
        except Refused as refusal:
            answer = refusal
        self[key] = answer
        return answer
