"""Runs the examples in docstrings: those of the kernel, of every domain's rules, and of the pure platform modules."""

import doctest
import importlib
import pkgutil

import pytest

import shuke


def _pure_modules() -> list[str]:
    names = [module.name for module in pkgutil.walk_packages(shuke.__path__, "shuke.")]
    pure = ("shuke.kernel.", "shuke.platform.http.mask")
    return [n for n in names if n.startswith(pure) or ".rules" in n or ".engine" in n if ".tests" not in n]


@pytest.mark.parametrize("name", _pure_modules())
def test_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
