"""What providers of text messages have in common: numbers, lists of reports, their clocks."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shuke.crm.channels.errors import BadContent, NotGenuine

china_time = ZoneInfo("Asia/Shanghai")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


def number_of(address: str, *, is_chinese_form: bool = True) -> str:
    """Return a number as providers want it: mainland numbers bare in the Chinese form. Raises ``BadContent``.

    >>> number_of("+8613800138000"), number_of("+4915112345678"), number_of("+8613800138000", is_chinese_form=False)
    ('13800138000', '4915112345678', '+8613800138000')
    """
    if not _NUMBER.fullmatch(address):
        raise BadContent("not one number", code="bad_address")
    if not is_chinese_form:
        return address
    return address.removeprefix("+86") if address.startswith("+86") else address.removeprefix("+")


def items(body: bytes) -> list[Mapping[str, Any]]:
    """Return the objects of a list in JSON. Raises ``NotGenuine``."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise NotGenuine("no JSON") from wrong
    found = said if isinstance(said, list) else [said]
    return [one for one in found if isinstance(one, dict)]


def moment(text: Any, zone: ZoneInfo) -> datetime | None:
    """Return a moment that a provider wrote in its own zone, None where it cannot be read."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None
