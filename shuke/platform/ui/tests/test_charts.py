"""What a chart's description becomes."""

from django.template import Context, Template
from django.utils import translation

from shuke.platform.ui import charts

SALES = {
    "kind": "bar",
    "categories": ["Jan", "Feb"],
    "format": "money",
    "currency": "JPY",
    "series": [{"name": "Sales", "values": [1200, None], "links": ["/orders/?month=1", None]}],
    "links": ["/a", "/b"],
}
GRID = {
    "kind": "grid",
    "categories": ["0", "1"],
    "format": "percent",
    "digits": 0,
    "total_name": "Buyers",
    "total": [1500],
    "series": [
        {"name": "Jan 2024", "values": [1.0, 0.25], "links": ["/one", "/two"], "details": ["1,500 of 1,500", None]}
    ],
}


def _render(spec: dict) -> str:
    with translation.override("en"):
        return Template('{% chart spec id="c" label="Sales by month" %}').render(Context({"spec": spec}))


def test_the_browser_is_told_the_digits_of_the_currency() -> None:
    assert charts.for_browser(SALES)["minor_units"] == 0


def test_the_table_says_what_the_picture_shows() -> None:
    html = _render(SALES)

    assert 'data-island="chart"' in html
    assert '<a href="/orders/?month=1">¥1,200</a>' in html
    assert '<a href="/b">–</a>' in html


def test_a_grid_is_a_table_of_links() -> None:
    html = _render(GRID)

    assert "data-island" not in html
    assert '<td class="heat-cell heat-9" title="1,500 of 1,500"><a href="/one">100%</a></td>' in html
    assert '<td class="heat-cell heat-5"><a href="/two">25%</a></td>' in html
    assert '<td class="is-total"><span>1,500</span></td>' in html


def test_a_description_cannot_break_out_of_its_script() -> None:
    html = _render({**SALES, "categories": ["</script><b>", "Feb"]})

    assert "</script><b>" not in html
