"""Opening and closing values that are kept sealed."""

import json
from typing import Any

from shuke.platform.crypto.sealing import seal, unseal

STATEMENT = b"attributes.statement"
CHANGE = b"attributes.change"


def closed(said: Any, *, context: bytes) -> bytes:
    """Return plain JSON sealed for one column."""
    return seal(json.dumps(said, ensure_ascii=False, separators=(",", ":")), context=context)


def opened(blob: bytes | memoryview, *, context: bytes) -> Any:
    """Return the plain JSON that ``closed`` sealed."""
    return json.loads(unseal(bytes(blob), context=context))
