"""The build decides by what the sources say, and the catalogues are gathered from code and templates."""

from pathlib import Path

import pytest

import hatch_build
from tools import i18n


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "frontend" / "src").mkdir(parents=True)
    (tmp_path / "frontend" / "package.json").write_text("{}")
    (tmp_path / "frontend" / "src" / "main.ts").write_text("1")
    built = tmp_path / "shuke" / "static" / "dist"
    built.mkdir(parents=True)
    (built / "manifest.json").write_text("{}")
    frontend = tmp_path / "frontend"
    (built / ".stamp").write_text(hatch_build._hash_of(hatch_build._sources(frontend), frontend))
    return tmp_path


def test_what_was_built_from_these_sources_is_fresh(checkout: Path) -> None:
    assert not hatch_build.assets_are_stale(checkout)


def test_installed_packages_do_not_count(checkout: Path) -> None:
    (checkout / "frontend" / "node_modules").mkdir()
    (checkout / "frontend" / "node_modules" / "x.js").write_text("2")

    assert not hatch_build.assets_are_stale(checkout)


def test_an_edited_source_makes_it_stale(checkout: Path) -> None:
    (checkout / "frontend" / "src" / "main.ts").write_text("2")

    assert hatch_build.assets_are_stale(checkout)


def test_a_manifest_alone_is_not_enough(checkout: Path) -> None:
    (checkout / "shuke" / "static" / "dist" / ".stamp").unlink()

    assert hatch_build.assets_are_stale(checkout)


def test_without_sources_there_is_nothing_to_build(tmp_path: Path) -> None:
    assert not hatch_build.assets_are_stale(tmp_path)


def test_a_changed_catalogue_is_compiled_again(tmp_path: Path) -> None:
    po = tmp_path / "shuke" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    po.write_text(header + 'msgid "Orders"\nmsgstr "订单"\n', encoding="utf-8")

    hatch_build.compile_catalogues(tmp_path, say=lambda _text: None)
    assert "订单".encode() in po.with_suffix(".mo").read_bytes()
    assert hatch_build.stale_catalogues(tmp_path) == []

    po.write_text(header + 'msgid "Orders"\nmsgstr "全部订单"\n', encoding="utf-8")
    assert hatch_build.stale_catalogues(tmp_path) == [po]


def test_messages_come_from_code_templates_and_component_attributes() -> None:
    ids = {message.id for message in i18n.extract()}

    assert "Insight" in ids  # navigation.py
    assert "Welcome back." in ids  # a template
    assert "Authenticator app" in ids  # an attribute of a component
    assert "Copied" in ids  # a constant inside a tag
    assert "%(done)s of %(total)s" in ids  # blocktranslate


def test_the_lock_names_no_registry() -> None:
    lock = (Path(hatch_build.__file__).parent / "frontend" / "package-lock.json").read_text(encoding="utf-8")

    assert '"resolved"' not in lock
