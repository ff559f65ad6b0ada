"""The arrows of the house: import contracts, and what they cannot see."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from tests.architecture.routes import ROOT

PACKAGE = ROOT / "shuke"
STOREYS = [
    "kernel",
    "vocabulary",
    "platform",
    "cdp",
    "insight",
    "crm",
    "journeys",
    "integrations",
    "demo",
    "api",
    "web",
]
# Below each other inside a storey, from the bottom up; a foreign key may point sideways only to an earlier one.
ORDER = [
    "platform.company", "platform.staff", "platform.audit", "platform.jobs", "platform.http", "platform.ui", "platform.imports", "platform.notices", "cdp.events",
    "cdp.customers", "cdp.attributes", "cdp.quality", "cdp.catalog", "cdp.orders", "cdp.privacy", "cdp.ingest", "cdp.warehouse", "insight.value", "insight.predictions", "insight.recommendations", "insight.forecasts", "insight.voice", "insight.segments", "insight.traits",
    "insight.analytics", "crm.channels", "crm.templates", "crm.messaging", "crm.team", "crm.audiences", "journeys.campaigns", "journeys.journeys", "integrations", "api", "web",
]  # fmt: skip


def modules() -> list[Path]:
    return [
        path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts and "tests" not in path.parts
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def domain_of(module: str) -> str:
    """``shuke.cdp.orders.actions.recording`` → ``cdp.orders``; ``shuke.web.team`` → ``web``."""
    parts = module.split(".")[1:]
    return (
        ".".join(parts[:2])
        if parts and parts[0] in {"platform", "cdp", "insight", "crm", "journeys"}
        else ".".join(parts[:1])
    )


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_import_contracts_are_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    said = subprocess.run([str(lint)], cwd=ROOT, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout[-4000:] + said.stderr[-2000:]


def test_foreign_keys_point_down() -> None:
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("shuke."):
            continue
        home = domain_of(model.__module__)
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model.__module__.startswith("shuke."):
                there = domain_of(field.related_model.__module__)
                if ORDER.index(there) > ORDER.index(home):
                    wrong.append(f"{model._meta.label}.{field.name} -> {there}")

    assert wrong == []


def _models_imported(path: Path) -> dict[str, str]:
    """Names in a module that are models of ours, with the domain they belong to."""
    found = {}
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("shuke.")
            and node.module.split(".")[-1] == "models"
        ):
            found |= {alias.asname or alias.name: domain_of(node.module) for alias in node.names}
    return found


def _queried(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"objects", "_default_manager", "_base_manager"}
            and isinstance(node.value, ast.Name)
        ):
            yield node.value.id, node.lineno


# Pages and actions of platform things live in the web application, their commands on the command line; domains ask
# the platform's doors.
PLATFORM_READERS = {"web", "demo", "cli", "config"}


def test_nobody_reads_the_tables_of_another_domain() -> None:
    wrong = []
    for path in modules():
        if path.name in {"conftest.py", "testing.py"}:
            continue
        home, models = domain_of(name_of(path)), _models_imported(path)
        for name, line in _queried(path):
            owner = models.get(name)
            is_platform = owner is not None and owner.startswith("platform.")
            if (
                owner
                and owner != home
                and not (is_platform and (home in PLATFORM_READERS or home.startswith("platform.")))
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{line} {name}.objects belongs to {owner}")

    assert wrong == [], "\n".join(wrong)


FORBIDDEN_CALLS = {"get_model", "receiver"}
# A migration has its models from nowhere else; changing keys goes over every column that a manifest declares as sealed.
BY_NAME = {"shuke/platform/db/append_only.py", "shuke/cdp/privacy/actions/rotating.py"}


def test_no_signals_and_no_models_by_name() -> None:
    wrong = []
    for path in modules():
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module
                and ("signals" in node.module or node.module == "django.dispatch")
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.module}")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in FORBIDDEN_CALLS
                and str(path.relative_to(ROOT)) not in BY_NAME
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.func.attr}")

    assert wrong == []


def test_models_do_not_override_save() -> None:
    wrong = [
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("shuke.") and {"save", "delete"} & set(vars(model))
    ]

    assert wrong == []


HARD_LINES = 700
MOST_FUNCTION_LINES = 80
BANNED_NAMES = {
    "utils",
    "helpers",
    "common",
    "misc",
    "base",
    "manager",
    "service",
    "services",
    "tools",
    "types",
    "views",
}
# Django finds a database backend by the name of its module.
NAMED_BY_OTHERS = {"shuke/platform/db/sqlite3/base.py"}


@pytest.mark.parametrize("suffix", ["py", "html"])
def test_no_file_is_too_long(suffix: str) -> None:
    most = {"py": HARD_LINES, "html": 250}[suffix]
    files = [path for path in PACKAGE.rglob(f"*.{suffix}") if "migrations" not in path.parts]

    assert [
        (str(path.relative_to(ROOT)), n) for path in files if (n := len(path.read_text().splitlines())) > most
    ] == []


def test_no_function_is_too_long() -> None:
    wrong = []
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                if length > MOST_FUNCTION_LINES:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines")

    assert wrong == []


def test_files_are_named_after_what_they_hold() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES
    ]

    assert sorted(set(found) - NAMED_BY_OTHERS) == []


def test_every_module_says_what_it_is() -> None:
    assert [str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(tree(path))] == []
