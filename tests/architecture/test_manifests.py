"""Manifests say what is so: pages resolve, permissions exist, events are published language, tables match models."""

import ast
import inspect
import re
from importlib import import_module
from io import StringIO
from pathlib import Path
from pkgutil import iter_modules

import pytest
from django.core.management import call_command
from django.template.loader import get_template
from django.urls import reverse

import shuke.vocabulary
from shuke.platform.http.pages import STAFF
from shuke.platform.manifest import installed
from shuke.platform.staff.permissions import TABLE
from tests.architecture.routes import ROOT
from tests.architecture.test_imports import modules, tree


def published_language() -> dict[str, type]:
    found = {}
    for module in iter_modules(shuke.vocabulary.__path__):
        vocabulary = import_module(f"shuke.vocabulary.{module.name}")
        for _name, kind in inspect.getmembers(vocabulary, inspect.isclass):
            if kind.__module__ == vocabulary.__name__ and hasattr(kind, "NAME"):
                found[kind.NAME] = kind
    return found


def test_menu_entries_lead_somewhere_and_ask_for_a_real_permission() -> None:
    for manifest in installed():
        for entry in manifest.navigation:
            assert reverse(entry.url_name)
            assert entry.permission in [STAFF, *TABLE.names()], entry


def test_events_are_published_language_and_someone_publishes_them() -> None:
    published = {event.NAME for manifest in installed() for event in manifest.publishes}

    assert sorted(published - set(published_language())) == []
    assert sorted(set(published_language()) - published) == []


def test_event_names_are_a_noun_and_a_past_verb() -> None:
    assert [
        name
        for name in published_language()
        if not re.fullmatch(r"[a-z_]+\.[a-z_]+(ed|ent|eft|on|ost|one|awn|plit|aid)", name)
    ] == []


def test_listeners_listen_to_something_that_is_published() -> None:
    published = {event.NAME for manifest in installed() for event in manifest.publishes}
    listened = {getattr(name, "NAME", name) for manifest in installed() for name in manifest.listens}

    assert sorted(listened - published) == []


def test_every_permission_in_the_code_is_declared() -> None:
    used = set()
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
                "page",
                "may",
                "allows",
            }:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "." in argument.value:
                        used.add(argument.value)

    assert sorted(used - set(TABLE.names())) == []


def test_panels_have_templates_and_permissions() -> None:
    for manifest in installed():
        for panel in manifest.panels:
            assert get_template(panel.template)
            assert panel.permission in [STAFF, *TABLE.names()]


def test_names_of_jobs_and_tables_are_used_once() -> None:
    jobs = [spec.name for manifest in installed() for spec in manifest.jobs]
    tables = [dataset.name for manifest in installed() for dataset in manifest.datasets]

    assert sorted(jobs) == sorted(set(jobs))
    assert sorted(tables) == sorted(set(tables))


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)

    assert "No changes detected" in said.getvalue()


def test_the_generated_list_of_permissions_is_current() -> None:
    from tools.generate import permissions

    assert (ROOT / "docs" / "generated" / "permissions.md").read_text(encoding="utf-8") == permissions()


def test_the_generated_openapi_document_is_current() -> None:
    from tools.generate import openapi

    path = Path(ROOT / "docs" / "generated" / "openapi.json")
    assert path.read_text(encoding="utf-8") == openapi()


def test_every_kind_of_job_has_words() -> None:
    from shuke.web import labels

    assert sorted({spec.name for manifest in installed() for spec in manifest.jobs} - set(labels.JOBS)) == []


def test_every_audited_verb_has_words() -> None:
    from shuke.web import labels

    used = set()
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "record":
                used |= {
                    argument.value
                    for argument in node.args[1:2]
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                }

    assert len(used) > 20
    assert sorted(used - set(labels.VERBS)) == []
