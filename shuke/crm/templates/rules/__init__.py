"""What templates rest on: languages, the company's looks, and what a template asks for. Pure."""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

LANGUAGES = ("en", "zh-hans")
MARKETING, SERVICE, TRANSACTIONAL, SURVEY = "marketing", "service", "transactional", "survey"
EMAIL, SMS, WECHAT_OA, WECOM, PUSH, ONSITE, WEBHOOK = (
    "email", "sms", "wechat_oa", "wecom", "push", "onsite", "webhook",
)  # fmt: skip

_COLOUR = r"^#[0-9a-fA-F]{6}$"
_ADDRESS = r"^(https?://[^\s\"'<>]+)?$"

# Stacks of fonts that mailboxes have; nothing is fetched from elsewhere.
FONTS: dict[str, str] = {
    "sans": "-apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei', Arial, sans-serif",
    "serif": "Georgia, 'Songti SC', SimSun, serif",
    "rounded": "'Trebuchet MS', 'Hiragino Sans GB', 'Microsoft YaHei', sans-serif",
}


class BrandKit(BaseModel):
    """How the company looks and who it is, in every message."""

    logo: str = Field("", max_length=500)
    primary: str = Field("#0b5f4f", pattern=_COLOUR)
    on_primary: str = Field("#ffffff", pattern=_COLOUR)
    ink: str = Field("#1f2a2e", pattern=_COLOUR)
    paper: str = Field("#ffffff", pattern=_COLOUR)
    ground: str = Field("#f3f4f1", pattern=_COLOUR)
    font: Literal["sans", "serif", "rounded"] = "sans"
    site_url: str = Field("", max_length=300, pattern=_ADDRESS)
    postal_address: str = Field("", max_length=300)
    # Where a product is shown and pictured; ``{id}`` stands for the shop's own id of it.
    product_url: str = Field("", max_length=300, pattern=_ADDRESS)
    product_image: str = Field("", max_length=300, pattern=_ADDRESS)
    # Without the brackets: 【…】 is put around it.
    sms_signature: str = Field("", max_length=20)


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be known to render a version: variables by their path, and what blocks show, to be loaded in sets.

    ``without_fallback`` are those variables whose absence leaves a hole in a sentence.
    """

    variables: tuple[str, ...] = ()
    without_fallback: tuple[str, ...] = ()
    # Products chosen by hand.
    products: tuple[int, ...] = ()
    # Lists of recommendations with how many of each.
    recommendations: tuple[tuple[str, int], ...] = ()
    coupon: bool = False

    @property
    def roots(self) -> frozenset[str]:
        """The first word of each variable: what has to be loaded at all."""
        return frozenset(path.split(".", 1)[0] for path in self.variables)

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Needs":
        """Return it from plain JSON values."""
        return cls(
            tuple(said.get("variables", ())), tuple(said.get("without_fallback", ())), tuple(said.get("products", ())),
            tuple((str(name), int(count)) for name, count in said.get("recommendations", ())),
            bool(said.get("coupon", False)),
        )  # fmt: skip


def best_language(wanted: str, available: Collection[str], default: str = "en") -> str:
    """Return the language to write in: the wanted one, one of its family, the default, or any there is.

    >>> best_language("zh-CN", ["en", "zh-hans"]), best_language("fr", ["en", "zh-hans"], "zh-hans")
    ('zh-hans', 'zh-hans')
    """
    said = wanted.strip().lower().replace("_", "-")
    if said in available:
        return said
    family = re.split("-", said)[0]
    for one in sorted(available):
        if family and one.split("-")[0] == family:
            return one
    return default if default in available else min(available)


def in_one_line(text: str) -> str:
    r"""Return a text fit for a header: no line ends and no control characters, whatever a name may contain.

    >>> in_one_line("Hello Eve\r\nBcc: all@example.com")
    'Hello Eve Bcc: all@example.com'
    """
    return " ".join("".join(" " if ord(sign) < 32 or ord(sign) == 127 else sign for sign in text).split())
