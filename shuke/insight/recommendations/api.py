"""Recommendations over the API: asked for while a page is built, and told what became of them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from django.utils import translation
from ninja import Field, Query, Router, Schema

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.errors import UnknownCustomer
from shuke.cdp.customers.models import Customer
from shuke.insight.recommendations import queries
from shuke.insight.recommendations.actions import feeding
from shuke.insight.recommendations.actions.feeding import Told
from shuke.insight.recommendations.errors import InvalidToken, UnknownProduct
from shuke.insight.recommendations.queries import serving, tokens, wording
from shuke.insight.recommendations.queries.tokens import Token
from shuke.insight.recommendations.rules import Kind
from shuke.platform.company import queries as company
from shuke.platform.company.models import Shop
from shuke.platform.http.api import batches
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.batches import BatchResult, ItemResult, OneByOne
from shuke.platform.http.api.fields import Moment
from shuke.platform.http.request import Request

router = Router()
Language = Literal["en", "zh-hans"]
_MOST_PRODUCTS = 50
CLICKED: Literal["clicked"] = "clicked"


class AskedFor(Schema):
    """For whom, beside what, and where."""

    shop: str = Field(
        "", max_length=64, description="Code of the shop: ids are its own, and only its products are shown."
    )
    customer: str = Field(
        "", max_length=200, description="The shop's id of the customer; an unknown one gets the fallback."
    )
    customer_id: UUID | None = Field(None, description="Our id of the customer, instead of the shop's.")
    visitor: str = Field(
        "", max_length=200, description="The shop's id of a visitor who is not logged in; kept as a fingerprint only."
    )
    product: str = Field("", max_length=120, description="The product whose page is shown.")
    basket: str = Field("", max_length=4_000, description="Products in the basket, separated by commas.")
    placement: str = Field(
        "home", max_length=16, description="home, reorder, product, basket, email or trending: says which lists."
    )
    kind: list[Kind] = Field([], description="Exactly these lists, instead of those of the placement.")
    limit: int = Field(10, ge=1, le=50, description="At most how many products a list.")
    language: Language | None = Field(None, description="Of the reasons; else the company's.")


class Recommended(Schema):
    """A product with the reason why it is shown."""

    shop: str
    product: str = Field(description="The shop's own id.")
    title: str
    category: str
    price_minor: int | None
    currency: str
    score: float
    is_pinned: bool
    reason: str


class ListOut(Schema):
    """One list. Things to buy again and things to discover are never mixed."""

    kind: str
    title: str
    fallback: str = Field(description="What stands in for the list, in words; empty where nothing does.")
    items: list[Recommended]


class RecommendationsOut(Schema):
    """What to show."""

    as_of: date | None = Field(description="Up to when sales were looked at; null before the first run.")
    group: str = Field(
        description="treated or held_out: who is held out sees the fallback, so that the effect can be measured."
    )
    token: str = Field(description="Send it with what is shown and clicked; empty where nobody was named.")
    lists: list[ListOut]


@router.get(
    "/recommendations",
    operation_id="recommendations.get",
    response=RecommendationsOut,
    **needs("recommendations:read", is_for_pages=True),
)
def get_recommendations(request: Request, asked: Query[AskedFor]) -> RecommendationsOut:
    """Return what to show a customer or visitor, beside a product or a basket, by the company's rules."""
    shop = _shop(asked.shop)
    named = [asked.product] if asked.product else []
    named += [one.strip() for one in asked.basket.split(",") if one.strip()][:_MOST_PRODUCTS]
    asking = serving.Asking(
        placement=asked.placement, kinds=tuple(asked.kind), customer=_customer(asked), visitor=asked.visitor,
        products=_known(shop, named), shop_id=shop.pk if shop else 0, limit=asked.limit,
    )  # fmt: skip
    answer = serving.answer(asking, now=request.now)
    run = queries.last_run()
    with translation.override(asked.language or request.company.language):
        lists = [_shown(made, answer) for made in answer.lists]
    return RecommendationsOut(as_of=run.as_of if run else None, group=answer.group, token=answer.token, lists=lists)


def _shop(code: str) -> Shop | None:
    if not code:
        return None
    found = next((one for one in company.shops() if one.code == code), None)
    if found is None:
        raise UnknownProduct(code)
    return found


def _customer(asked: AskedFor) -> Customer | None:
    """Return the customer; somebody who is not known yet is a newcomer, not a mistake."""
    try:
        if asked.customer_id is not None:
            return customers.by_uuid(asked.customer_id)
        return customers.by_external_id(asked.shop, asked.customer) if asked.customer and asked.shop else None
    except UnknownCustomer:
        return None


def _known(shop: Shop | None, named: list[str]) -> tuple[int, ...]:
    """Return products by the shop's ids; a page or basket of unknown ones gets the fallback."""
    try:
        return serving.product_ids(shop.pk if shop else 0, named) if named else ()
    except UnknownProduct:
        return ()


def _shown(made: serving.Answered, answer: serving.Answer) -> ListOut:
    return ListOut(
        kind=made.kind, title=str(wording.KINDS[made.kind]), fallback=wording.fallback(made),
        items=[
            _item(answer.products[one.candidate.product_id], one.candidate.score, one.is_pinned, wording.reason(one, answer.products))
            for one in made.ruled.shown
        ],
    )  # fmt: skip


def _item(product: Product, score: float, is_pinned: bool, reason: str) -> Recommended:
    return Recommended(
        shop=product.shop.code, product=product.external_id, title=product.title, category=product.category,
        price_minor=product.price_minor, currency=product.currency, score=score, is_pinned=is_pinned, reason=reason,
    )  # fmt: skip


class ToldIn(Schema, extra="forbid"):
    """What was done with an answer."""

    token: str = Field(max_length=4_000)
    act: Literal["shown", "clicked"]
    product: str = Field("", max_length=120, description="What was clicked, by the shop's id; not needed for shown.")
    at: Moment


class ToldBatch(Schema, extra="forbid"):
    """What was done with answers."""

    items: list[Annotated[ToldIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


@router.post(
    "/recommendations/feedback/batch",
    operation_id="recommendations.tell",
    response=BatchResult,
    **needs("recommendations:write"),
)
def tell(request: Request, body: ToldBatch) -> BatchResult:
    """Tell what was shown and clicked; telling it twice changes nothing.

    Purchases need not be told: they are known from orders. A tracked event may carry the token instead, as its property
    `recommendation`: `Recommendation Viewed`, `Recommendation Clicked`, `Product Viewed` or `Product Added`.
    """
    results: list[ItemResult] = []
    for chunk in batches.chunks(batches.sound(body.items)):
        said, named = _believed(chunk, results, request)
        told = []
        for index, (item, token) in said.items():
            clicked = named.get(item.product, set()).intersection(token.products)
            if item.act == CLICKED and not clicked:
                results.append(batches.refused(index, "product", UnknownProduct(item.product)))
                continue
            told.append(Told(token, item.act, min(clicked) if item.act == CLICKED else 0, item.at))
            results.append(batches.done(index, "created", token.number))
        feeding.tell(told)
    return batches.report(body.items, results)


def _believed(
    chunk: dict[int, ToldIn], results: list[ItemResult], request: Request
) -> tuple[dict[int, tuple[ToldIn, Token]], dict[str, set[int]]]:
    """Return what comes with a token of ours, and the products that are named, in one query."""
    said: dict[int, tuple[ToldIn, Token]] = {}
    for index, item in chunk.items():
        try:
            said[index] = item, tokens.read(item.token, now=request.now)
        except InvalidToken as refused:
            results.append(batches.refused(index, "token", refused))
    return said, queries.products_named({item.product for item, _token in said.values()})
