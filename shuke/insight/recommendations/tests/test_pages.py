"""Pages over what a run found."""

from django.urls import reverse
from django.utils import translation

from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.testing import people
from shuke.insight.recommendations import queries, rules
from shuke.insight.recommendations.models import Combination, CustomerList
from shuke.insight.recommendations.queries import wording
from shuke.platform.jobs.models import Job
from shuke.platform.staff.models import Staff


def test_pages_tell_what_was_learned_in_both_languages(learned, client, analyst, django_assert_max_num_queries):
    client.force_login(analyst)
    for language, words in (("en", ("Buy again", "Bought together")), ("zh-hans", ("再次购买", "一起购买"))):
        Staff.objects.update(language=language)
        with translation.override(language):
            for page in ("overview", "quality", "together", "trial"):
                with django_assert_max_num_queries(24):
                    shown = client.get(reverse(f"recommendations:{page}")).content.decode()
                assert words[page == "together"] in shown or page == "trial"
                assert "nan" not in shown.lower().split()
    quality = client.get(reverse("recommendations:quality")).context["sheets"]
    assert [sheet["kind"] for sheet in quality] == [rules.REPEAT, rules.DISCOVERY]
    assert all(len(sheet["chart"]["categories"]) >= rules.CUTOFFS for sheet in quality)
    _a_combination_leads_to_orders_and_customers(client, learned)


def _a_combination_leads_to_orders_and_customers(client, learned):
    pair = Combination.objects.filter(third=None).order_by("-together").first()
    shown = client.get(reverse("recommendations:pair", args=[pair.first_id, pair.second_id]))
    assert shown.context["people"] > 0
    assert len(shown.context["sales"]) == min(pair.together, 50)
    assert client.get(reverse("recommendations:pair", args=[1, 40])).status_code == 404
    named = client.get(reverse("recommendations:together"), {"category": pair.first.category, "size": 2})
    assert all(pair.first.category in row["categories"] for row in named.context["rows"])
    assert client.get(reverse("recommendations:together"), {"category": "nowhere", "sort": "bogus"}).status_code == 200


def test_rules_are_saved_and_mistakes_named(shelf, client, marketer):
    client.force_login(marketer)
    said = {
        "in_stock_only": "on", "quiet_days": 60, "pinned": "P5\nThing 7", "excluded_products": "P9", "excluded_categories": "Taste 1",
        "margin_percent": 20, "holdout_percent": 5, "attribution_days": 10,
    }  # fmt: skip

    wrong = client.post(
        reverse("recommendations:rules"), {**said, "pinned": "P5\nMoon", "excluded_categories": "Nowhere"}
    )
    right = client.post(reverse("recommendations:rules"), said)

    assert wrong.status_code == 422
    assert "“Moon”" in str(wrong.context["form"].errors["pinned"])
    assert "“Nowhere”" in str(wrong.context["form"].errors["excluded_categories"])
    assert right.status_code == 302
    saved = queries.settings()
    assert (saved.pinned, saved.excluded_products, saved.excluded_categories) == ((5, 7), (9,), ("Taste 1",))
    assert (saved.margin_weight, saved.holdout_percent) == (0.2, 5)
    again = client.get(reverse("recommendations:rules")).content.decode()
    assert "P5\nP7" in again


def test_trying_out_says_what_was_taken_away_and_counts_nobody(shelf, client, marketer, actor, now):
    (ada,) = people(PersonRecord(external_id="ada", name="Ada Quill"), shop="web")
    new = [rules.Candidate(pk, 1.0 / pk, "discovery", 1, 4) for pk in (3, 4, 5)]
    CustomerList.objects.create(customer=ada, discovery=rules.pack(new))
    client.force_login(marketer)
    client.post(reverse("recommendations:rules"), {
        "quiet_days": 0, "excluded_products": "P4", "margin_percent": 0, "holdout_percent": 50, "attribution_days": 10,
    })  # fmt: skip

    shown = client.get(
        reverse("recommendations:trial"), {"customer": "Ada Quill", "placement": "home", "products": "Moon"}
    )

    (made,) = shown.context["lists"]
    assert [item["product"].pk for item in made["goods"]] == [3, 5]
    assert made["removed"] == [{"title": "Thing 4", "rule": wording.RULES[rules.PRODUCT]}]
    assert shown.context["unknown"] == ["Moon"]
    nobody = client.get(reverse("recommendations:trial"), {"customer": "Nobody at all", "placement": "home"})
    assert nobody.context["not_found"]


def test_learning_is_asked_for_by_those_who_may(db, company, client, analyst, finance):
    client.force_login(finance)
    assert client.post(reverse("recommendations:train")).status_code == 403
    assert not Job.objects.exists()
    client.force_login(analyst)
    client.post(reverse("recommendations:train"))
    client.post(reverse("recommendations:train"))
    assert Job.objects.filter(name="recommendations.train").count() == 1
