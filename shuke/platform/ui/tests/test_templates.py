"""House rules over every template of the package, and every component rendered once."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

import shuke
from shuke.platform.manifest import installed

PACKAGE = Path(shuke.__file__).parent
COTTON = Path(__file__).parents[1] / "templates" / "cotton"
ICONS = PACKAGE.parent / "frontend" / "icons.txt"


def _templates() -> list[Path]:
    return sorted(PACKAGE.rglob("templates/**/*.html"))


# Documents of their own, under another policy or none: pages of paper, and letters in a frame that may do nothing.
APART = {"insight/analytics/templates/analytics/paper.html", "crm/templates/templates/templates/_frame.html",
         "crm/templates/templates/templates/_frame_head.html"}  # fmt: skip


def _comments_removed(text: str) -> str:
    return re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("template", _templates(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_the_content_policy_forbids(template: Path) -> None:
    text = _comments_removed(template.read_text(encoding="utf-8"))

    is_apart = str(template.relative_to(PACKAGE)) in APART
    assert is_apart or not re.search(r"<[^>]*\sstyle\s*=", text), "no style attributes: add a class"
    assert not re.search(r"<[a-zA-Z][^>]*\son[a-z]+\s*=", text), "no event attributes: add a behaviour or an island"
    assert "hx-on" not in text, "no hx-on: add a behaviour"
    assert "javascript:" not in text
    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\"))[^>]*>", text), "no inline scripts"
    assert is_apart or not re.search(r"<style", text), "no inline styles"
    assert "data-bs-toggle" not in text, "no Bootstrap JavaScript: use c-dropdown, c-modal or <details>"


def _icon_names(text: str) -> set[str]:
    return set(re.findall(r"""\{% icon ["']([\w/-]+)["']""", text)) | set(re.findall(r"""\bicon="([\w/-]+)\"""", text))


def test_every_icon_is_in_the_sprite() -> None:
    listed = {line for line in ICONS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}
    used = {name for template in _templates() for name in _icon_names(template.read_text(encoding="utf-8"))}
    used |= {entry.icon for manifest in installed() for entry in manifest.navigation}

    assert used - listed - {"brand-mark"} == set(), "add these to frontend/icons.txt"


def test_every_component_in_use_exists() -> None:
    used = {
        name
        for template in _templates()
        for name in re.findall(r"<c-([\w.-]+)", _comments_removed(template.read_text(encoding="utf-8")))
    }
    files = {str(path.relative_to(COTTON).with_suffix("")) for path in COTTON.rglob("*.html")}
    names = {name.removesuffix("/index").replace("/", ".").replace("_", "-") for name in files}

    assert used - names - {"vars", "slot"} == set()


class Sample(forms.Form):
    name = forms.CharField(help_text="As on the parcel")
    agreed = forms.BooleanField(required=False)
    colour = forms.ChoiceField(choices=[("r", "Red"), ("g", "Green")], widget=forms.RadioSelect)
    size = forms.ChoiceField(choices=[("s", "S")], required=False)


class Page:
    prev_url = "?before=x"
    next_url = "?after=y"


# One use of every component: what it is given, and what must come out.
USES = {
    "alert": ('<c-alert tone="bad" title="Stop">Text</c-alert>', 'class="notice is-bad'),
    "badge": ('<c-badge tone="good" icon="check">Active</c-badge>', "Active"),
    "button": ('<c-button href="/x" tone="primary" icon="plus" hx-boost="true">New</c-button>', 'hx-boost="true"'),
    "card": ('<c-card title="Orders" flush><c-slot name="actions"><b>A</b></c-slot>In</c-card>', "panel is-flush"),
    "copy": ('<c-copy text="key-1" label="the key" />', 'data-copy="key-1"'),
    "dropdown/index": (
        '<c-dropdown label="More"><c-dropdown.item href="/a">A</c-dropdown.item></c-dropdown>',
        "popover",
    ),
    "dropdown/item": ('<c-dropdown.item href="/a" current="true">A</c-dropdown.item>', 'aria-current="true"'),
    "dropdown/divider": ("<c-dropdown.divider />", "<hr"),
    "empty": ('<c-empty title="No orders yet" text="Import some."><a href="/i">Import</a></c-empty>', "nothing-action"),
    "fact": ('<c-fact label="City">London</c-fact>', "<dt>City</dt><dd>London</dd>"),
    "facts": ('<c-facts><c-fact label="City">London</c-fact></c-facts>', "<dl"),
    "filter": ('<c-filter label="Size" :field="form.size" />', 'for="id_size"'),
    "filterbar": ('<c-filterbar live target="rows" reset_url="/r">x</c-filterbar>', 'hx-target="#rows"'),
    "form_errors": ('<c-form-errors :form="form" />', ""),
    "form_field": ('<c-form-field :field="form.name" />', 'id="id_name_helptext"'),
    "icon": ('<c-icon name="users" size="sm" label="People" />', 'aria-label="People"'),
    "link_row": ('<c-link-row href="/x" icon="users" title="Customers" text="All" />', "link-row-text"),
    "meter": ('<c-meter :value="done" :max="total" label="Share" />', 'value="1200" max="5000"'),
    "modal": ('<c-modal id="m" title="Tag">Body</c-modal>', 'aria-labelledby="m-title"'),
    "pagehead": ('<c-pagehead title="T" back_url="/b">act</c-pagehead>', "pagehead-back"),
    "pager": ('<c-pager :page="page" :total="total" label="orders" />', "5,000 orders"),
    "post": ('<c-post url="/undo" confirm="Undo all?" name="a" value="b">Undo</c-post>', 'data-confirm="Undo all?"'),
    "progress": ('<c-progress :done="done" :total="total" label="Rows" />', "1,200 of 5,000"),
    "sort": ('<c-sort field="net" label="Net" current="-net" />', 'href="?sort=net"'),
    "stat": ('<c-stat label="Net" value="£1" :delta="delta" delta_text="vs May" good="down" url="/n" />', "is-bad"),
    "stats": ('<c-stats columns="3"><c-stat label="a" value="1" /></c-stats>', "is-3"),
    "steps/index": ('<c-steps><c-steps.item label="File" state="current" /></c-steps>', 'aria-current="step"'),
    "steps/item": ('<c-steps.item label="File" state="done" href="/f" />', "is-done"),
    "table": (
        '<c-table stack caption="Orders"><c-slot name="head"><th>A</th></c-slot><tr><td>1</td></tr></c-table>',
        "<thead>",
    ),
    "tabs/index": (
        '<c-tabs label="Kinds"><c-tabs.item href="/a" active>A</c-tabs.item></c-tabs>',
        'aria-current="page"',
    ),
    "tabs/item": ('<c-tabs.item href="/a" count="3">A</c-tabs.item>', ">3<"),
    "timeline/index": ('<c-timeline><c-timeline.day :day="at" /></c-timeline>', "<ol"),
    "timeline/day": ('<c-timeline.day :day="at" />', "Saturday, June 15, 2024"),
    "timeline/item": ('<c-timeline.item :at="at" icon="receipt" title="Order" url="/o">x</c-timeline.item>', "12:30"),
}


def _render(source: str, **context: object) -> str:
    request = RequestFactory().get("/page")
    from django_cotton.compiler_regex import CottonCompiler

    compiled = CottonCompiler().process(source)
    given = {
        "form": Sample(),
        "page": Page(),
        "done": 1200,
        "total": 5000,
        "delta": 0.12,
        "at": datetime(2024, 6, 15, 12, 30, tzinfo=UTC),
        **context,
    }
    with translation.override("en"):
        return engines["django"].from_string(compiled).render(given, request)


def test_every_component_is_used_here() -> None:
    components = {str(path.relative_to(COTTON).with_suffix("")) for path in COTTON.rglob("*.html")}

    assert components == set(USES)


@pytest.mark.parametrize("name", sorted(USES))
def test_component_renders(name: str) -> None:
    source, expected = USES[name]

    html = _render(source)

    assert expected in html
    assert "<c-" not in html
    assert "{{" not in html


@pytest.mark.parametrize("path", sorted(COTTON.rglob("*.html")), ids=lambda path: path.stem)
def test_component_says_what_it_takes(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("{# ")


def test_components_do_not_take_names_from_the_page() -> None:
    html = _render("<c-card>In</c-card>", title="The page's title", actions="The page's actions")

    assert "The page" not in html


def test_values_are_escaped_once() -> None:
    html = _render('<c-card title="{{ name }}">In</c-card>', name="Tom & <b>Co</b>")

    assert "Tom &amp; &lt;b&gt;Co&lt;/b&gt;" in html


def test_a_field_names_its_error() -> None:
    form = Sample({"name": ""})

    html = _render('<c-form-field :field="form.name" />', form=form)

    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert "This field is required." in html


def test_a_missing_change_shows_nothing() -> None:
    html = _render('<c-stat label="Net" value="1" :delta="delta" />', delta=None)

    assert "stat-note" not in html
