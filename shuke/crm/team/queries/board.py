"""The board of churn warnings: who, since when, what is at stake and on what it rests, why, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, FloatField, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from shuke.cdp.customers import queries as customers
from shuke.cdp.orders.queries import buyers
from shuke.crm.team import queries
from shuke.crm.team.models import Basis, Crossing
from shuke.crm.team.queries import wording
from shuke.crm.team.rules.suggesting import suggestion
from shuke.insight.predictions import queries as predictions
from shuke.insight.predictions.queries import wording as predicted
from shuke.insight.value import queries as value
from shuke.platform.staff import queries as staff

SORTS = {
    "-worth": ("-at_risk_minor", "pk"), "worth": ("at_risk_minor", "pk"), "-since": ("-since", "pk"), "since": ("since", "pk"),
    "-risk": ("-risk_known", "pk"), "risk": ("risk_known", "pk"),
}  # fmt: skip
NOBODY, MINE = "nobody", "mine"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board is cut down to; "" and None are everything."""

    tier: str = ""
    group: str = ""
    country: str = ""
    shop: int | None = None
    who: str = ""
    sort: str = "-worth"


def read(query: Mapping[str, str]) -> Filters:
    """Read filters from an address; what makes no sense there is left out."""
    tier, group, who, sort, shop = (query.get(name, "") for name in ("tier", "group", "who", "sort", "shop"))
    return Filters(
        tier=tier if tier in value.tier_labels() else "",
        group=group if group in value.group_labels() else "",
        country=query.get("country", "")[:80],
        shop=int(shop) if shop.isdecimal() and len(shop) < 10 else None,
        who=who if who in {NOBODY, MINE} or (who.isdecimal() and len(who) < 10) else "",
        sort=sort if sort in SORTS else "-worth",
    )  # fmt: skip


def written(filters: Filters) -> dict[str, str]:
    """Return filters as they stand in an address."""
    return {name: str(said) for name, said in asdict(filters).items() if said}


def found(filters: Filters, *, me: int) -> QuerySet[Crossing]:
    """Return who is over the line, as chosen; nobody who had the use of their data restricted."""
    over = Crossing.objects.filter(
        ended_on=None, customer__merged_into=None, customer__erased_at=None, customer__restricted_at=None
    )
    over = over.annotate(risk_known=Coalesce("risk", Value(0.0), output_field=FloatField()))
    conditions = Q()
    if filters.tier:
        conditions &= Q(customer__standing__tier=filters.tier)
    if filters.group:
        conditions &= Q(customer__standing__rfm_group=filters.group)
    if filters.country:
        conditions &= Q(customer__country=filters.country)
    if filters.shop is not None:
        bought = buyers.ordered(OuterRef("customer_id"), since=None, until=None, shop_ids=(filters.shop,))
        conditions &= Q(Exists(bought))
    if filters.who == NOBODY:
        conditions &= Q(customer__responsible=None)
    elif filters.who:
        conditions &= Q(customer__responsible__staff=me if filters.who == MINE else int(filters.who))
    return over.filter(conditions)


@dataclass(frozen=True, slots=True)
class Total:
    """How many are over the line, what they are expected to bring, and how much of it is at risk."""

    customers: int
    expected_minor: int
    at_risk_minor: int


def total(over: QuerySet[Crossing]) -> Total:
    """Add up what was chosen, in one query."""
    plain = over.order_by()
    summed = plain.aggregate(expected=Sum("expected_minor"), at_risk=Sum("at_risk_minor"))
    return Total(plain.count(), summed["expected"] or 0, summed["at_risk"] or 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One warning, ready to be shown."""

    crossing: Crossing
    uuid: UUID
    title: str
    tier: str
    group: str
    why: list[predicted.Said]
    suggestion: str
    responsible: str
    responsible_id: int | None


def rows(over: Sequence[Crossing], *, sees_contacts: bool) -> list[Row]:
    """Return warnings with everything that is shown of them, in a number of queries that does not depend on how many."""
    ids = [one.customer_id for one in over]
    cards, known = customers.cards_of(ids), customers.external_ids_of(ids)
    standings, scores = value.standings_of(ids), predictions.scores_of(ids)
    theirs, names = queries.responsible_for(ids), {one.pk: str(one) for one in staff.active()}
    tiers, groups, currency = value.tier_labels(), value.group_labels(), queries.currency()
    shown = []
    for one in over:
        standing, score = standings.get(one.customer_id), scores.get(one.customer_id)
        reasons = predictions.reasons_of(score) if score and one.basis == Basis.PREDICTION else _RECENCY
        refunded = standing.refunds_minor / standing.gross_minor if standing and standing.gross_minor > 0 else 0.0
        advice = suggestion(
            tier=standing.tier if standing else "none", reduced_share=score.reduced_share if score else None,
            due_items=score.due_items if score else 0, refund_share=refunded,
        )  # fmt: skip
        whose = theirs.get(one.customer_id)
        shown.append(Row(
            one, cards[one.customer_id].uuid, wording.title_of(cards[one.customer_id], known.get(one.customer_id, []), sees_contacts=sees_contacts),
            tiers[standing.tier] if standing else "", groups[standing.rfm_group] if standing else "",
            predicted.reasons_at(reasons, standing, currency), str(wording.SUGGESTIONS[advice]),
            names.get(whose, "") if whose else "", whose,
        ))  # fmt: skip
    return shown


# Without a prediction: what the warning rests on then.
_RECENCY = [predictions.Reason("recency", 1.0), predictions.Reason("rhythm", 1.0)]


def as_rule(filters: Filters, *, line: float, basis: str) -> dict[str, Any] | None:
    """Return the board as a rule of segments, or None where the filters can only be kept as a list."""
    if filters.who or filters.shop is not None:
        return None
    clauses: list[dict[str, Any]] = (
        [{"field": "predictions.churn_risk", "op": "at_least", "value": round(line * 100, 1)}]
        if basis == Basis.PREDICTION
        else [{"field": "value.stage", "op": "is", "value": ["at_risk", "dormant"]}]
    )
    if filters.tier:
        clauses.append({"field": "value.tier", "op": "is", "value": [filters.tier]})
    if filters.group:
        clauses.append({"field": "value.group", "op": "is", "value": [filters.group]})
    if filters.country:
        clauses.append({"field": "customer.country", "op": "is", "value": [filters.country]})
    return {"all": clauses}
