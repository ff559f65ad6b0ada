"""What people write: a document of blocks for e-mail, fields for the other channels. Pure.

The same values are edited in the browser, stored with a version and compiled on publishing. Whatever does not fit is
refused with the place and the reason; nothing is dropped on the way.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shuke.crm.templates import rules

Align = Literal["left", "center", "right"]
Address = Annotated[str, Field(max_length=1_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Heading(_Strict):
    """A title."""

    kind: Literal["heading"]
    text: str = Field(max_length=300)
    level: int = Field(1, ge=1, le=3)
    align: Align = "left"


class Paragraph(_Strict):
    """Running text in light markup: **bold**, *slanted*, [link](address), lines that begin with "- "."""

    kind: Literal["text"]
    text: str = Field(max_length=10_000)
    align: Align = "left"


class Image(_Strict):
    """A picture of ours (its address) or from elsewhere."""

    kind: Literal["image"]
    src: Address = ""
    alt: str = Field("", max_length=300)
    href: Address = ""
    width: int = Field(600, ge=20, le=600)


class Button(_Strict):
    """Something to press."""

    kind: Literal["button"]
    text: str = Field(max_length=100)
    href: Address
    align: Align = "center"


class Products(_Strict):
    """Products: chosen ones, or those that what happened names (``cart.products``)."""

    kind: Literal["products"]
    source: Literal["chosen", "event"] = "chosen"
    products: list[int] = Field(default_factory=list, max_length=12)
    with_price: bool = True


class Recommendations(_Strict):
    """What the person may like; nothing is shown to whom nothing can be recommended."""

    kind: Literal["recommendations"]
    list: Literal["repeat", "discovery", "trending"] = "discovery"
    heading: str = Field("", max_length=300)
    count: int = Field(3, ge=1, le=6)
    with_price: bool = True


class Coupon(_Strict):
    """The person's own coupon: its code comes with what caused the message."""

    kind: Literal["coupon"]
    text: str = Field("", max_length=300)


class Divider(_Strict):
    """A line."""

    kind: Literal["divider"]


class Spacer(_Strict):
    """Room."""

    kind: Literal["spacer"]
    height: int = Field(20, ge=4, le=100)


class Html(_Strict):
    """Marked-up text of one's own."""

    kind: Literal["html"]
    html: str = Field(max_length=50_000)


class SnippetBlock(_Strict):
    """A text that many templates share."""

    kind: Literal["snippet"]
    code: str = Field(max_length=40)


class Footer(_Strict):
    """Who writes, and how to be left alone."""

    kind: Literal["footer"]
    text: str = Field("", max_length=1_000)


Simple = Annotated[
    Heading | Paragraph | Image | Button | Products | Recommendations | Coupon | Divider | Spacer | Html | SnippetBlock,
    Field(discriminator="kind"),
]


class Columns(_Strict):
    """Blocks beside each other; below each other on a phone."""

    kind: Literal["columns"]
    columns: list[list[Simple]] = Field(min_length=2, max_length=3)


Block = Annotated[
    Heading | Paragraph | Image | Button | Products | Recommendations | Coupon | Divider | Spacer | Html | SnippetBlock
    | Footer | Columns,
    Field(discriminator="kind"),
]  # fmt: skip


class EmailDocument(_Strict):
    """An e-mail."""

    subject: str = Field("", max_length=200)
    preheader: str = Field("", max_length=200)
    blocks: list[Block] = Field(default_factory=list, max_length=100)


class SmsDocument(_Strict):
    """A text message; with ``provider_code`` the provider keeps the wording and ``params`` fill it."""

    text: str = Field("", max_length=1_000)
    provider_code: str = Field("", max_length=80)
    params: dict[str, str] = Field(default_factory=dict, max_length=20)


class CardDocument(_Strict):
    """A message with a title, a text, an address and a picture; in WeChat also one approved there."""

    title: str = Field("", max_length=200)
    body: str = Field("", max_length=2_000)
    url: Address = ""
    image: Address = ""
    provider_code: str = Field("", max_length=80)
    params: dict[str, str] = Field(default_factory=dict, max_length=20)


class HookDocument(_Strict):
    """Named values for another program."""

    params: dict[str, str] = Field(default_factory=dict, max_length=50)


Document = EmailDocument | SmsDocument | CardDocument | HookDocument
KINDS: dict[str, type[EmailDocument] | type[SmsDocument] | type[CardDocument] | type[HookDocument]] = {
    rules.EMAIL: EmailDocument, rules.SMS: SmsDocument, rules.WECHAT_OA: CardDocument, rules.WECOM: CardDocument,
    rules.PUSH: CardDocument, rules.ONSITE: CardDocument, rules.WEBHOOK: HookDocument,
}  # fmt: skip


class Misfit(ValueError):
    """A document that cannot be read: where, and why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


def read(channel: str, said: Any) -> Document:
    """Read what was written for a channel. Raises ``Misfit``, which names the place."""
    try:
        return KINDS[channel].model_validate(said)
    except ValidationError as refusal:
        first = refusal.errors(include_url=False, include_input=False)[0]
        raise Misfit(_place(first["loc"]), first["msg"]) from refusal


def _place(path: tuple[int | str, ...]) -> str:
    """Return where something is, as people count: ``blocks 2, text``."""
    words = [str(one + 1) if isinstance(one, int) else one for one in path]
    return " ".join(words) or "document"


def blocks_of(document: EmailDocument) -> Iterator[tuple[str, Any]]:
    """Return every block with its place, those in columns included."""
    for number, block in enumerate(document.blocks, 1):
        yield str(number), block
        if isinstance(block, Columns):
            for column, inside in enumerate(block.columns, 1):
                for row, inner in enumerate(inside, 1):
                    yield f"{number}.{column}.{row}", inner
