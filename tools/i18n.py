"""Messages from source to catalogue and back: ``python tools/i18n.py extract|update|compile|check``.

Babel reads the Python sources. Templates are turned into Python first by Django itself (``templatize``), which
knows its own tags; component tags in attributes come along, since they are template tags too. Message ids are
English, so only the other languages have catalogues.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract as babel_extract
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "shuke"
LOCALES = ("zh_Hans",)
IGNORED_FOLDERS = frozenset({"tests", "migrations", "locale", "static"})
PYTHON_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER = """# Translations of Shuke.
msgid ""
msgstr ""
"Project-Id-Version: shuke\\n"
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
Found = tuple[str, int, str | tuple[str, ...], list[str], str | None]


def catalogue_path(locale: str) -> Path:
    """Where a language's catalogue is kept."""
    return PACKAGE / "locale" / locale / "LC_MESSAGES" / "django.po"


def _files(suffix: str) -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob(f"*{suffix}")):
        if not IGNORED_FOLDERS.intersection(path.relative_to(PACKAGE).parts):
            yield path


def _from_python(path: Path) -> Iterator[Found]:
    with path.open("rb") as source:
        for line, text, comments, context in babel_extract(
            extract_python, source, PYTHON_KEYWORDS, comment_tags=("Translators:",)
        ):
            yield _name(path), line, text, comments, context


def _from_template(path: Path) -> Iterator[Found]:
    """Read a template through Django's own translation of it into Python calls."""
    from django.utils.translation.template import templatize

    source = path.read_text(encoding="utf-8")
    # Django reads only its own tags; what stands inside a component's attribute is one of them all the same.
    # What is left is a list of calls, not a program: its indentation means nothing, but a tokenizer minds it.
    python = "\n".join(line.strip() for line in templatize(source, origin=str(path)).split("\n"))
    stream = io.BytesIO(python.encode("utf-8"))
    for line, text, comments, context in babel_extract(extract_python, stream, PYTHON_KEYWORDS):
        yield _name(path), line, text, comments, context


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def extract() -> Catalog:
    """Gather every message of the package."""
    catalogue = Catalog(charset="utf-8", project="shuke", fuzzy=False)
    for read, suffix in ((_from_python, ".py"), (_from_template, ".html"), (_from_template, ".txt")):
        for path in _files(suffix):
            if suffix != ".py" and "templates" not in path.parts:
                continue
            for file, _line, text, comments, context in read(path):
                # Line numbers change with every edit and would make every merge conflict: name the file only.
                flags = ("python-format",) if _has_placeholders(text) else ()
                catalogue.add(text, locations=[(file, None)], auto_comments=comments, context=context, flags=flags)
    return catalogue


def _has_placeholders(text: str | tuple[str, ...]) -> bool:
    return bool(re.search(r"%\(\w+\)[sd]|%[sd]", text if isinstance(text, str) else " ".join(text)))


def load(locale: str) -> Catalog:
    """Read a language's catalogue; an empty one where there is none yet."""
    path = catalogue_path(locale)
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8", project="shuke", fuzzy=False)
    with path.open("rb") as text:
        return read_po(text, locale=locale)


def update() -> None:
    """Merge the messages of the sources into every catalogue; what is no longer used is dropped."""
    template = extract()
    for locale in LOCALES:
        catalogue = load(locale)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        path = catalogue_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_written(catalogue))
        missing = sum(1 for message in catalogue if message.id and not _is_done(message))
        print(f"{_name(path)}: {len(catalogue)} messages, {missing} untranslated")


def _written(catalogue: Catalog) -> bytes:
    """Write a catalogue so that the same messages always give the same bytes: no dates, no tool versions."""
    target = io.BytesIO()
    target.write(HEADER.format(language=catalogue.locale, plurals=catalogue.plural_forms).encode("utf-8"))
    write_po(target, catalogue, width=110, sort_by_file=True, include_lineno=False, omit_header=True)
    return target.getvalue()


def _is_done(message: Message) -> bool:
    translations = message.string if isinstance(message.string, list | tuple) else [message.string]
    return not message.fuzzy and bool(translations) and all(translations)


def problems(locale: str) -> list[str]:
    """Return what keeps a language from being complete, one line per message."""
    catalogue, template = load(locale), extract()
    found = []
    for message in template:
        if not message.id:
            continue
        known = catalogue.get(message.id[0] if isinstance(message.id, tuple) else message.id, message.context)
        where = message.locations[0][0] if message.locations else "?"
        if known is None or not _is_done(known):
            state = "fuzzy" if known is not None and known.fuzzy else "untranslated"
            found.append(f"{locale}: {state}: {message.id!r} ({where})")
        elif lost := _placeholders(message) - _placeholders_of_translation(known):
            found.append(f"{locale}: translation lacks {', '.join(sorted(lost))}: {message.id!r} ({where})")
    return found


def _placeholders(message: Message) -> set[str]:
    last = message.id[-1] if isinstance(message.id, tuple) else message.id
    return set(re.findall(r"%\(\w+\)[sd]", last))


def _placeholders_of_translation(message: Message) -> set[str]:
    last = message.string[-1] if isinstance(message.string, list | tuple) else message.string
    return set(re.findall(r"%\(\w+\)[sd]", last or ""))


def check() -> int:
    """Print every message that is not translated; return the exit code."""
    found = [line for locale in LOCALES for line in problems(locale)]
    for line in found:
        print(line)
    print(f"{len(found)} messages need work" if found else "Every message is translated.")
    return 1 if found else 0


def main(arguments: list[str]) -> int:
    """Run one of the four commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("extract", "update", "compile", "check"))
    command = parser.parse_args(arguments).command
    _configure_django()
    if command == "extract":
        for message in extract():
            if message.id:
                print(message.id if isinstance(message.id, str) else " | ".join(message.id))
    elif command == "update":
        update()
    elif command == "compile":
        sys.path.insert(0, str(ROOT))
        import hatch_build

        hatch_build.compile_catalogues(ROOT)
    else:
        return check()
    return 0


def _configure_django() -> None:
    """``templatize`` needs settings, but none of ours."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
