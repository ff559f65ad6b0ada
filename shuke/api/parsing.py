"""Reading the bodies of calls, made fit to be stored: a NUL is no text to PostgreSQL."""

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from typing_extensions import override

# What stands for a character that cannot be kept.
_INSTEAD = "\ufffd"


class BodyParser(Parser):
    """Ninja's parser, followed by the replacement of characters that no column holds."""

    @override
    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body as JSON values. Raises ``ValueError`` for what is none."""
        body = request.body
        said = json.loads(body)
        return storable(said) if b"\\u0000" in body else said


def storable(said: Any) -> Any:
    r"""Return a value with every NUL in its texts and names replaced.

    >>> storable({"a\0": ["b\0", 1, None]}) == {"a\ufffd": ["b\ufffd", 1, None]}
    True
    """
    if isinstance(said, str):
        return said.replace("\0", _INSTEAD)
    if isinstance(said, list):
        return [storable(one) for one in said]
    if isinstance(said, dict):
        return {storable(name): storable(one) for name, one in said.items()}
    return said
