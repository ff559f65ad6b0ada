"""The gate cannot be walked around: who may seal approvals, and who may call a carrier."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_imports import modules, name_of, tree

# Trying an account out sends fixed words of ours to a colleague; everything else is decided by messaging.
SEALERS = ("shuke.crm.messaging.", "shuke.crm.channels.actions.trying")
CARRIERS = "shuke.crm.channels.actions.sending"


def _touching(names: set[str]) -> Iterator[tuple[str, str]]:
    """Every module that names one of these as an attribute, a name or an import."""
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in names:
                yield name_of(path), node.attr
            elif isinstance(node, ast.Name) and node.id in names:
                yield name_of(path), node.id
            elif isinstance(node, ast.ImportFrom):
                for one in node.names:
                    if one.name in names:
                        yield name_of(path), one.name


def _is_test_helper(module: str) -> bool:
    return module.endswith(".testing") or ".testing." in module


def test_only_messaging_seals_approvals() -> None:
    home = "shuke.crm.channels.actions.approving"
    importing = {
        name_of(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shuke.crm.channels"))
        and (
            (node.module == home and any(one.name in {"approve", "*"} for one in node.names))
            or any(one.name in {"approving", "approval", "seal"} for one in node.names)
        )
    }

    allowed = {home, "shuke.crm.channels.kinds.kind"}
    assert {one for one in importing - allowed if not one.startswith(SEALERS) and not _is_test_helper(one)} == set()


def test_only_handing_over_calls_a_carrier() -> None:
    called = {module for module, _name in _touching({"carry"}) if not _is_test_helper(module)}

    assert called == {CARRIERS}


def test_a_carrier_looks_at_what_it_is_given() -> None:
    """Every ``carry`` begins by opening a load, which refuses anything that was not approved."""
    found = 0
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name == "carry" and not _is_protocol(path, node):
                found += 1
                first = next(one for one in node.body if not _is_docstring(one))
                assert "opened(load)" in ast.unparse(first), f"{name_of(path)}.carry"
    assert found


def _is_protocol(path: Path, node: ast.FunctionDef) -> bool:
    return path.name == "kind.py" and ast.unparse(node.body[-1]) == "..."


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
