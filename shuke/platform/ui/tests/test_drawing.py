"""Charts as SVG: well formed, whatever they hold, and true to scale."""

from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from shuke.platform.ui import drawing

NAMES = ["Tea & <b>cups</b>", "茶叶礼盒", "C"]
SVG = "{http://www.w3.org/2000/svg}"


def spec(kind, *series, names=NAMES, **more):
    return {
        "kind": kind,
        "categories": names,
        "series": [{"name": f"S{n}", "values": v} for n, v in enumerate(series)],
        **more,
    }


def drawn(said):
    with translation.override("en"):
        found = drawing.svg(said)
    return ET.fromstring(found) if found else None


@pytest.mark.parametrize(
    "said",
    [
        spec("bar", [1, None, -3]), spec("bar", [1, 2, 3], [4, 5, 6], stacked=True), spec("bar", [5, 0, 2], horizontal=True),
        spec("line", [1, None, 3], [2, 2, None]), spec("area", [1, 2, 3]), spec("pie", [3, 1, 0]), spec("pie", [3, 0, 0]),
        spec("heatmap", [1, 2, None], [0, 5, 9]), spec("grid", [0.1, None, 1.0], format="percent"),
        spec("bar", [10**9, 1, 0], format="money", currency="CNY"), spec("line", [7], names=["only"]),
    ],
)  # fmt: skip
def test_every_kind_is_well_formed_and_stays_on_its_sheet(said):
    found = drawn(said)

    width, height = float(found.get("width")), float(found.get("height"))
    assert width > 0
    assert height > 0
    for rect in found.iter(f"{SVG}rect"):
        x, y, wide, high = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        assert wide > 0
        assert high > 0
        assert -0.01 <= x <= x + wide <= width + 0.01
        assert -0.01 <= y <= y + high <= height + 0.01


def test_bars_are_as_long_as_their_figures():
    first, second = (
        float(bar.get("height")) for bar in drawn(spec("bar", [10, 20], names=["a", "b"])).iter(f"{SVG}rect")
    )

    assert second == pytest.approx(2 * first, rel=0.02)


def test_names_are_texts_and_an_interval_is_a_band():
    said = spec("line", [1, 2, 3])
    said["series"][0] |= {"low": [0, 1, 2], "high": [2, 3, 4]}

    found = drawn(said)

    assert len(list(found.iter(f"{SVG}polygon"))) == 1
    assert "<b>" not in drawing.svg(spec("bar", [1, 2, 3], horizontal=True))


@pytest.mark.parametrize(
    "said", [spec("bar", []), spec("bar", [0, 0, 0]), spec("sankey", [1, 2, 3]), spec("bar", names=[])]
)
def test_nothing_is_drawn_of_nothing(said):
    assert drawn(said) is None
