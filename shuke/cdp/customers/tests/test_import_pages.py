"""The import of customers in the browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from shuke.cdp.customers.models import Customer
from shuke.platform.imports.models import Import, ImportState
from shuke.platform.jobs.testing import run_queued

pytestmark = pytest.mark.django_db
CONTENT = (
    "customer id,name,email,city,accepts email marketing\n"
    "c1,Ada Lovelace,ada@willow.example,London,yes\nc2,Bob,not an address,Leeds,\n,Nobody,,,\n"
)


@pytest.fixture(autouse=True)
def _here(company, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path


@pytest.fixture
def browser(client_of, marketer):
    return client_of(marketer)


def test_the_whole_way_in_and_back(browser):
    said = {"file": SimpleUploadedFile("members.csv", CONTENT.encode()), "shop": "Willow"}
    page = browser.get(browser.post(reverse("customers:import"), said).url)
    made = Import.objects.get()
    assert page.templates[0].name == "imports/columns.html"
    assert "ada@willow.example" in page.content.decode()

    form = page.context["form"]
    fields = {name: form[name].value() or "" for name in form.fields}
    browser.post(reverse("customers:import_columns", args=[made.uuid]), fields)
    run_queued()
    check = browser.get(reverse("customers:import_page", args=[made.uuid]))
    assert check.templates[0].name == "imports/check.html"
    assert check.context["outcome"]["created"] == 2
    assert (check.context["refused"], check.context["left_out"]) == (1, 1)
    assert not Customer.objects.exists()

    browser.post(reverse("customers:import_start", args=[made.uuid]))
    run_queued()
    report = browser.get(reverse("customers:import_page", args=[made.uuid]))
    assert Import.objects.get().state == ImportState.DONE
    assert [note["count"] for note in report.context["notes"]] == [1]
    assert set(Customer.objects.values_list("name", flat=True)) == {"Ada Lovelace", "Bob"}
    reasons = b"".join(browser.get(reverse("customers:import_refusals", args=[made.uuid])).streaming_content).decode()
    assert "not an address" in reasons
    assert reasons.count("\n") == 3

    assert browser.get(reverse("customers:import_page", args=[made.uuid]), {"undo": 1}).status_code == 200
    browser.post(reverse("customers:import_undo", args=[made.uuid]))
    run_queued()
    assert Import.objects.get().state == ImportState.UNDONE
    assert not Customer.objects.exists()


@pytest.mark.parametrize("role", ["agent", "analyst", "finance"])
def test_who_may_not_import_is_refused(client_of, request, role):
    browser = client_of(request.getfixturevalue(role))

    assert {browser.get(reverse(name)).status_code for name in ("customers:import", "customers:imports")} == {403}
