"""Questions about recommendations: runs, the company's rules, finished lists."""

from collections.abc import Sequence

from shuke.cdp.catalog import queries as catalog
from shuke.insight.recommendations.models import CrowdList, CustomerList, ProductList, Run
from shuke.insight.recommendations.rules import ALSO_BOUGHT, SIMILAR, Candidate, Settings, unpack
from shuke.platform.company import queries as company


def settings() -> Settings:
    """Return the company's rules."""
    return company.settings_of("recommendations", Settings)


def last_run() -> Run | None:
    """Return the last finished run."""
    return Run.objects.filter(finished_at__isnull=False).order_by("-pk").first()


def has_learned() -> bool:
    """Whether any list has ever been made."""
    return CrowdList.objects.exists()


def past_runs(limit: int = 12) -> list[Run]:
    """Return the last finished runs, newest first."""
    return list(Run.objects.filter(finished_at__isnull=False).order_by("-pk")[:limit])


def of_customer(customer_id: int) -> dict[str, list[Candidate]]:
    """Return the finished lists of a customer, by kind; none for those who never bought."""
    found = CustomerList.objects.filter(pk=customer_id).values("repeat", "discovery").first()
    return {kind: unpack(kind, items) for kind, items in found.items()} if found else {}


def of_customers(customer_ids: Sequence[int]) -> dict[int, dict[str, list[Candidate]]]:
    """Return the finished lists of some customers, by customer and kind, in one query."""
    rows = CustomerList.objects.filter(pk__in=customer_ids).values_list("pk", "repeat", "discovery")
    return {
        pk: {"repeat": unpack("repeat", repeat), "discovery": unpack("discovery", discovery)}
        for pk, repeat, discovery in rows
    }


def of_products(
    product_ids: list[int], kinds: Sequence[str] = (ALSO_BOUGHT, SIMILAR)
) -> dict[int, dict[str, list[Candidate]]]:
    """Return the finished lists of some products, by product and kind."""
    rows = ProductList.objects.filter(pk__in=product_ids).values_list("pk", *kinds)
    return {pk: {kind: unpack(kind, items) for kind, items in zip(kinds, lists, strict=True)} for pk, *lists in rows}


def of_crowd(*, shop_id: int = 0, country: str = "") -> dict[tuple[str, int, str], list[Candidate]]:
    """Return what is in demand in a shop, in a country, and everywhere, in one query."""
    rows = CrowdList.objects.filter(shop_id__in={0, shop_id}, country__in={"", country})
    return {
        (kind, shop, place): unpack(kind, items)
        for kind, shop, place, items in rows.values_list("kind", "shop_id", "country", "items")
    }


def list_sizes() -> dict[str, int]:
    """Return how many lists there are of every sort."""
    return {
        "customers": CustomerList.objects.count(), "products": ProductList.objects.count(),
        "crowds": CrowdList.objects.count(),
    }  # fmt: skip


def products_named(external_ids: set[str]) -> dict[str, set[int]]:
    """Return products by the ids that shops use; two shops may use the same."""
    rows = catalog.products().filter(external_id__in=external_ids - {""}).values_list("external_id", "pk")
    found: dict[str, set[int]] = {}
    for external_id, pk in rows:
        found.setdefault(external_id, set()).add(pk)
    return found
