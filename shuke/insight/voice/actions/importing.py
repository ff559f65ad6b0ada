"""Texts from a file: reviews, survey answers or tickets, with what people already say of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy

from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events.actions import Provenance
from shuke.insight.voice.actions import taking
from shuke.insight.voice.actions.labelling import label_many
from shuke.insight.voice.actions.taking import CREATED, TextRecord
from shuke.insight.voice.errors import BadText, UnreadableTexts
from shuke.platform.audit import actions as audit
from shuke.platform.company.models import Shop
from shuke.platform.imports.engine import small
from shuke.platform.imports.errors.wording import Wording
from shuke.platform.imports.rules import moments, values
from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.staff.actor import Actor

MOST_ROWS = 5_000
SOURCE = "file"
_AT_ONCE = 100
ALIASES = {
    "body": ("text", "body", "review", "comment", "content", "answer", "message", "内容", "评价内容", "评论内容", "评价", "评论", "正文", "文本"),
    "id": ("id", "text id", "review id", "comment id", "answer id", "ticket id", "编号", "评价id", "评论id", "评价编号"),
    "written_at": ("date", "written at", "created at", "time", "日期", "时间", "评价时间", "评论时间", "创建时间"),
    "rating": ("rating", "stars", "score", "星级", "评分", "打分"),
    "language": ("language", "lang", "语言"),
    "product": ("product", "product id", "item id", "商品id", "商品编号", "商品"),
    "customer": ("customer", "customer id", "user id", "member id", "客户编号", "会员编号", "客户id", "用户id"),
    "email": ("email", "e-mail", "邮箱", "电子邮箱"),
    "label": ("label", "sentiment", "标签", "情感", "情绪", "情感标签"),
}  # fmt: skip
_SENTIMENTS = {
    -1: ("-1", "negative", "neg", "bad", "消极", "负面", "差评", "不满意"),
    0: ("0", "neutral", "neu", "mixed", "中性", "中评", "一般"),
    1: ("1", "positive", "pos", "good", "积极", "正面", "好评", "满意"),
}
_BY_WORD = {word: value for value, words in _SENTIMENTS.items() for word in words}
_WORDING = Wording(
    reasons={
        "columns_missing": gettext_lazy("Columns are missing: %(names)s."),
        "too_many_rows": gettext_lazy("The file has more than %(most)s rows."),
        "no_words": gettext_lazy("There are no words in it."),
        "no_label": gettext_lazy("“%(value)s” is no label: write negative, neutral or positive, or -1, 0, 1."),
        "no_stars": gettext_lazy("Stars are whole numbers from 1 to 5."),
    }
)


@dataclass(slots=True)
class Taken:
    """What became of a file: texts taken for the first time, those known before, labels, and rows left out with the reason."""

    created: int = 0
    known: int = 0
    labelled: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    record: TextRecord
    label: int | None


def take_file(content: bytes, *, kind: str, shop: Shop | None, zone: str, by: Actor, now: datetime) -> Taken:
    """Take the texts of a CSV or XLSX file; rows that cannot be read stay out with their reason, the others are taken.

    A text without an id is known again by its words and day. Labels count as those of whoever brings the file. Raises
    ``UnreadableTexts`` where nothing can be read at all.
    """
    try:
        table = small.read(content, ALIASES, needed=("body",), most=MOST_ROWS)
    except Refused as refusal:
        raise UnreadableTexts(_WORDING.sentence(refusal.code, refusal.facts)) from None
    done = Taken()
    order, _is_sure = moments.date_order([cells.get("written_at", "") for _number, cells in table.rows])
    rows: list[_Row] = []
    for number, cells in table.rows:
        try:
            row = _row(number, cells, kind=kind, zone=ZoneInfo(zone), order=order, now=now)
            taking.check(row.record, now=now)
        except Refused as refusal:
            done.refused.append((number, _WORDING.sentence(refusal.code, refusal.facts)))
        except BadText as refusal:
            done.refused.append((number, str(refusal)))
        else:
            rows.append(row)
    for some in _some(rows):
        _take(some, shop, done, by=by, now=now)
    summary = {"texts": done.created, "known": done.known, "labels": done.labelled, "refused": len(done.refused)}
    audit.record(by, "voice.file_taken", summary=summary, now=now)
    return done


def _row(number: int, cells: dict[str, str], *, kind: str, zone: ZoneInfo, order: str, now: datetime) -> _Row:
    body = cells["body"].strip()
    if not body:
        raise Refused("no_words")
    written_at = moments.moment(cells.get("written_at", ""), zone=zone, order=order) or now
    stars = values.number(cells.get("rating", ""))
    if stars is not None and stars != int(stars):
        raise Refused("no_stars")
    said = cells.get("label", "").strip().casefold()
    if said and said not in _BY_WORD:
        raise Refused("no_label", value=cells["label"])
    customer, email = cells.get("customer", ""), cells.get("email", "")
    own = f"{written_at.date()} {' '.join(body.split()).casefold()}" if cells.get("written_at") else body
    record = TextRecord(
        external_id=cells.get("id", "") or blake2b(own.encode(), digest_size=16).hexdigest(), body=body, written_at=written_at,
        kind=kind, language=cells.get("language", "").casefold()[:2], rating=None if stars is None else int(stars),
        product=cells.get("product", ""),
        person=PersonRecord(external_id=customer, email=email) if customer or email else None,
    )  # fmt: skip
    return _Row(number, record, _BY_WORD.get(said))


def _some(rows: list[_Row]) -> Iterator[list[_Row]]:
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _take(rows: list[_Row], shop: Shop | None, done: Taken, *, by: Actor, now: datetime) -> None:
    came = Provenance(SOURCE, by.reference, now)
    with transaction.atomic():
        outcomes = taking.take(shop, [row.record for row in rows], source=SOURCE, by=came)
    done.created += sum(one.action == CREATED for one in outcomes)
    done.known += sum(one.action != CREATED for one in outcomes)
    labels = {
        one.text_id: row.label for one, row in zip(outcomes, rows, strict=True) if row.label is not None
    }  # fmt: skip
    if labels:
        done.labelled += label_many(labels, by=by, now=now)
