"""Records as Shopify's GraphQL gives them, put into the form of its webhooks, so that one reader serves both."""

from collections.abc import Iterable, Iterator
from typing import Any

from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.reading import part, rows, text
from shuke.integrations.kinds.shopify import translating
from shuke.integrations.rules.records import Records

_MONEY = "{ shopMoney { amount currencyCode } }"
_ADDRESS = "{ name address1 address2 city province zip phone countryCodeV2 }"
_PERSON = "{ id firstName lastName email phone }"
ORDER = f"""id name createdAt updatedAt cancelledAt cancelReason closedAt currencyCode displayFinancialStatus
  displayFulfillmentStatus sourceName email phone customerLocale discountCodes totalDiscountsSet {_MONEY}
  totalShippingPriceSet {_MONEY} totalTaxSet {_MONEY} shippingAddress {_ADDRESS} billingAddress {_ADDRESS}
  customer {_PERSON}
  lineItems(first: 100) {{ edges {{ node {{ id name title quantity sku vendor product {{ id }} variant {{ id }}
    originalUnitPriceSet {_MONEY} discountAllocations {{ allocatedAmountSet {_MONEY} }} }} }} }}
  refunds {{ id createdAt note totalRefundedSet {_MONEY} }}
  fulfillments {{ id status createdAt updatedAt displayStatus trackingInfo {{ company number }} }}"""
# What a bulk operation cannot give, since it lies within lists: asked for some orders at a time.
DETAILS = f"""id
  refunds {{ id refundLineItems(first: 100) {{ edges {{ node {{ quantity subtotalSet {_MONEY}
    lineItem {{ id name title sku vendor product {{ id }} originalUnitPriceSet {_MONEY} }} }} }} }} }}
  fulfillments {{ id fulfillmentLineItems(first: 100) {{ edges {{ node {{ quantity lineItem {{ product {{ id }} }} }} }} }} }}"""
FIELDS = {
    "orders": ORDER,
    "customers": f"""id firstName lastName email phone tags updatedAt defaultAddress {_ADDRESS}
      emailMarketingConsent {{ marketingState marketingOptInLevel consentUpdatedAt }}""",
    "products": "id title vendor productType status updatedAt variants(first: 1) { edges { node { id sku price inventoryItem { unitCost { amount currencyCode } } } } }",
}
_CHILDREN = {"LineItem": "line_items", "ProductVariant": "variants"}
_TOPICS = {"orders": "orders/updated", "customers": "customers/update", "products": "products/update"}


def assembled(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Put the children of a bulk file into their parents, which come right before them."""
    current: dict[str, Any] | None = None
    for line in lines:
        if "__parentId" not in line:
            if current is not None:
                yield current
            current = line
        elif current is not None and line["__parentId"] == current.get("id"):
            kind = text(line.get("id")).split("/")[-2:-1]
            current.setdefault(_CHILDREN.get(kind[0] if kind else "", "others"), []).append(line)
    if current is not None:
        yield current


def flat(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node of an ordinary query in the form of the bulk file: its connections as lists."""
    found = dict(node)
    for field, name in (("lineItems", "line_items"), ("variants", "variants")):
        if isinstance(found.get(field), dict):
            found[name] = edges(found, field)
            del found[field]
    return found


def edges(said: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return what a connection of a node holds."""
    return [part(edge, "node") for edge in rows(part(said, name).get("edges"))]


def is_deep(row: dict[str, Any]) -> bool:
    """Whether there is more to an order than a bulk operation gives."""
    return bool(rows(row.get("refunds")) or rows(row.get("fulfillments")))


def deepen(row: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    """Put the lines of refunds and parcels into an order."""
    more = {one.get("id"): one for name in ("refunds", "fulfillments") for one in rows(details.get(name))}
    return row | {
        name: [one | more.get(one.get("id"), {}) for one in rows(row.get(name))] for name in ("refunds", "fulfillments")
    }


def records(resource: str, found: Iterable[dict[str, Any]], here: Surroundings) -> Records:
    """Return what rows of one kind amount to."""
    rest = {"orders": _order, "customers": _customer, "products": _product}[resource]
    return Records.together(translating.translate(_TOPICS[resource], rest(flat(row)), here) for row in found)


def _id(said: Any) -> str:
    """Return the number at the end of ``gid://shopify/Order/450789469``."""
    return text(said).rpartition("/")[2].split("?")[0]


def _amount(said: Any) -> str:
    return text(part(said, "shopMoney").get("amount"))


def _address(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "country_code": said.get("countryCodeV2")}


def _person(said: dict[str, Any]) -> dict[str, Any]:
    if not said:
        return {}
    return {**said, "id": _id(said.get("id")), "first_name": said.get("firstName"), "last_name": said.get("lastName")}


def _order(said: dict[str, Any]) -> dict[str, Any]:
    fulfilment = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}
    return {
        "id": _id(said.get("id")), "name": said.get("name"), "created_at": said.get("createdAt"),
        "updated_at": said.get("updatedAt"), "cancelled_at": said.get("cancelledAt"), "closed_at": said.get("closedAt"),
        "cancel_reason": text(said.get("cancelReason")).lower(), "currency": said.get("currencyCode"),
        "financial_status": text(said.get("displayFinancialStatus")).lower(),
        "fulfillment_status": fulfilment.get(text(said.get("displayFulfillmentStatus"))),
        "source_name": said.get("sourceName"), "email": said.get("email"), "phone": said.get("phone"),
        "customer_locale": said.get("customerLocale"), "total_discounts": _amount(said.get("totalDiscountsSet")),
        "total_tax": _amount(said.get("totalTaxSet")), "shipping_lines": [{"price": _amount(said.get("totalShippingPriceSet"))}],
        "discount_codes": [{"code": code} for code in said.get("discountCodes") or []],
        "shipping_address": _address(part(said, "shippingAddress")), "billing_address": _address(part(said, "billingAddress")),
        "customer": _person(part(said, "customer")), "line_items": [_line(line) for line in rows(said.get("line_items"))],
        "refunds": [_refund(one) for one in rows(said.get("refunds"))],
        "fulfillments": [_fulfilment(one) for one in rows(said.get("fulfillments"))],
    }  # fmt: skip


def _line(said: dict[str, Any]) -> dict[str, Any]:
    allocations = [{"amount": _amount(one.get("allocatedAmountSet"))} for one in rows(said.get("discountAllocations"))]
    return {
        **said, "product_id": _id(part(said, "product").get("id")), "variant_id": _id(part(said, "variant").get("id")),
        "price": _amount(said.get("originalUnitPriceSet")), "discount_allocations": allocations,
    }  # fmt: skip


def _refund(said: dict[str, Any]) -> dict[str, Any]:
    money = part(part(said, "totalRefundedSet"), "shopMoney")
    paid = {"kind": "refund", "status": "success", "amount": money.get("amount"), "currency": money.get("currencyCode")}
    return {
        "id": _id(said.get("id")),
        "created_at": said.get("createdAt"),
        "note": said.get("note"),
        "transactions": [paid],
        "refund_line_items": [_refunded(one) for one in edges(said, "refundLineItems")],
    }


def _refunded(said: dict[str, Any]) -> dict[str, Any]:
    line = {"subtotal": _amount(said.get("subtotalSet")), "line_item": _line(part(said, "lineItem"))}
    return {"quantity": said.get("quantity"), **line}


def _contained(said: dict[str, Any]) -> dict[str, Any]:
    return {"quantity": said.get("quantity"), "product_id": _id(part(part(said, "lineItem"), "product").get("id"))}


def _fulfilment(said: dict[str, Any]) -> dict[str, Any]:
    tracking = next(iter(rows(said.get("trackingInfo"))), {})
    return {
        "id": _id(said.get("id")), "status": text(said.get("status")).lower(), "created_at": said.get("createdAt"),
        "updated_at": said.get("updatedAt"), "shipment_status": text(said.get("displayStatus")).lower(),
        "tracking_company": tracking.get("company"), "tracking_number": tracking.get("number"),
        "line_items": [_contained(one) for one in edges(said, "fulfillmentLineItems")],
    }  # fmt: skip


def _customer(said: dict[str, Any]) -> dict[str, Any]:
    consent = part(said, "emailMarketingConsent")
    return {
        **_person(said), "updated_at": said.get("updatedAt"), "tags": ", ".join(said.get("tags") or []), "default_address": _address(part(said, "defaultAddress")),
        "email_marketing_consent": {
            "state": text(consent.get("marketingState")).lower(), "opt_in_level": text(consent.get("marketingOptInLevel")).lower(),
            "consent_updated_at": consent.get("consentUpdatedAt"),
        },
    }  # fmt: skip


def _product(said: dict[str, Any]) -> dict[str, Any]:
    return {
        **said, "id": _id(said.get("id")), "product_type": said.get("productType"), "updated_at": said.get("updatedAt"), "status": text(said.get("status")).lower(),
    }  # fmt: skip
