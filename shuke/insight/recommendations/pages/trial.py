"""Trying out: which lists somebody would see, why, and which rule took what away."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.insight.recommendations import forms, rules
from shuke.insight.recommendations.pages.framing import frame, names
from shuke.insight.recommendations.queries import serving, wording
from shuke.insight.recommendations.queries.serving import Answer, Asking
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

_FOUND = 8


@page("recommendations.view")
def trial(request: Request) -> HttpResponse:
    """Ask as a shop would, without being counted."""
    form = forms.TrialForm(request.GET or None)
    context: dict[str, Any] = {**frame(request, "trial"), "form": form}
    if form.is_valid():
        context |= _tried(request, form.cleaned_data)
    return render(request, "recommendations/trial.html", context)


def _tried(request: Request, said: dict[str, Any]) -> dict[str, Any]:
    people = _people(request, said["customer"]) if said["customer"] else []
    products = [_product(text) for text in said["products"]]
    asking = Asking(
        placement=said["placement"], customer=people[0] if people else None, shop_id=said["shop"] or 0,
        products=tuple(one for one in products if one), limit=said["limit"],
    )  # fmt: skip
    answer = serving.answer(asking, now=request.now, is_tried=True)
    labels = names(request, [one.pk for one in people])
    return {
        "chosen": labels.get(people[0].pk) if people else None,
        "others": [labels[one.pk] | {"uuid": one.uuid} for one in people[1:] if one.pk in labels],
        "not_found": bool(said["customer"]) and not people,
        "unknown": [text for text, pk in zip(said["products"], products, strict=True) if not pk],
        "beside": [answer.products[pk] for pk in asking.products if pk in answer.products],
        "lists": [_shown(made, answer) for made in answer.lists],
    }


def _people(request: Request, text: str) -> list[Customer]:
    return customers.find_by_text(text, sees_contacts=may(request, "customers.view_contacts"), limit=_FOUND)


def _product(text: str) -> int:
    found = catalog.find_by_text(text, limit=1)
    return found[0].pk if found else 0


def _shown(made: serving.Answered, answer: Answer) -> dict[str, Any]:
    removed = [one for one in made.ruled.removed if one.rule != rules.BEYOND]
    return {
        "title": wording.KINDS[made.kind],
        "fallback": wording.fallback(made),
        "goods": [
            {
                "product": answer.products[one.candidate.product_id], "reason": wording.reason(one, answer.products),
                "score": one.candidate.score, "is_pinned": one.is_pinned, "is_boosted": one.candidate.score != one.was,
            }
            for one in made.ruled.shown
        ],
        "removed": [
            {"title": str(answer.products.get(one.candidate.product_id, f"#{one.candidate.product_id}")), "rule": wording.RULES[one.rule]}
            for one in removed
        ],
        "beyond": len(made.ruled.removed) - len(removed),
    }  # fmt: skip
