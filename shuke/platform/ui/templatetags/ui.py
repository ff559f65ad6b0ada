"""Filters and tags of the UI kit; thin names over ``formats``, ``charts``, ``navigation`` and ``assets``."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.template import Context
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from shuke.platform.http import panels
from shuke.platform.ui import assets, charts, formats, navigation, time_zones

register = template.Library()

# How Django's message levels are toned.
TONES = {"debug": "info", "info": "info", "success": "good", "warning": "warn", "error": "bad"}


@register.filter
def money(minor: int | None, currency: str = "") -> str:
    """``{{ minor|money:"GBP" }}``: an exact amount."""
    return formats.money(_given(minor), currency or "")


@register.filter
def money_short(minor: int | None, currency: str = "") -> str:
    """``{{ minor|money_short:"GBP" }}``: a rough amount for tiles."""
    return formats.money_short(_given(minor), currency or "")


@register.filter
def number(value: float | Decimal | None, digits: int | None = None) -> str:
    """``{{ value|number }}`` or ``{{ value|number:2 }}``."""
    return formats.number(_given(value), digits)


@register.filter
def number_short(value: float | Decimal | None) -> str:
    """``{{ value|number_short }}``: rough above ten thousand."""
    return formats.number_short(_given(value))


@register.filter
def percent(ratio: float | Decimal | None, digits: int = 0) -> str:
    """``{{ ratio|percent }}`` or ``{{ ratio|percent:1 }}``."""
    return formats.percent(_given(ratio), digits)


@register.filter
def change(ratio: float | Decimal | None) -> str:
    """``{{ ratio|change }}``: a signed percentage."""
    return formats.change(_given(ratio))


@register.filter
def day(value: date | datetime | None, style: str = "medium") -> str:
    """``{{ value|day }}``, ``{{ value|day:"month" }}``."""
    return formats.day(_given(value), style)


@register.filter
def clock(value: datetime | None) -> str:
    """``{{ value|clock }}``: the time of day."""
    return formats.clock(_given(value))


@register.filter
def moment(value: datetime | None) -> str:
    """``{{ value|moment }}``: day and time."""
    return formats.moment(_given(value))


@register.filter
def since(value: datetime | date | None, now: datetime | date) -> str:
    """``{{ value|since:request.now }}``: how long ago."""
    return formats.since(_given(value), now)


@register.filter
def duration(value: timedelta | float | None) -> str:
    """``{{ value|duration }}``: a length of time; numbers are seconds."""
    return formats.duration(_given(value))


@register.filter
def country(written: str) -> str:
    """``{{ customer.country|country }}``: a country in the reader's language."""
    return formats.country(str(written or ""))


@register.filter
def language(code: str) -> str:
    """``{{ customer.language|language }}``: a language in the reader's language."""
    return formats.language(str(code or ""))


@register.filter
def time_zone(name: str) -> str:
    """``{{ shop.time_zone|time_zone }}``: a time zone by its distance from UTC and its city."""
    return time_zones.label(name)


@register.filter
def initials(name: str) -> str:
    """``{{ name|initials }}``: what stands in the round mark of a person.

    >>> initials("Ada Lovelace"), initials("张三")
    ('AL', '张')
    """
    words = str(name).split()
    if not words:
        return "?"
    letters = words[0][:1] + (words[-1][:1] if len(words) > 1 and words[-1][:1].isascii() else "")
    return letters.upper()


@register.filter
def control(field: BoundField) -> SafeString:
    """``{{ field|control }}``: a form's input with the kit's class."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect):
        return field.as_widget()
    look = "form-select" if isinstance(widget, Select) else "form-control"
    given = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{look} {given}".strip()})


@register.filter
def unlocalize_number(value: float | Decimal | None) -> str:
    """Write a number for a machine: attributes of ``<progress>`` know no thousands separator."""
    return format(float(_given(value) or 0), ".6g") if isinstance(value, float | Decimal) else str(_given(value) or 0)


@register.simple_tag
def delta_look(delta: float | Decimal, good: str = "up") -> str:
    """Return whether a change pleases: more revenue does, more refunds do not."""
    if not delta or formats.change(delta) == formats.change(0):
        return ""
    return "is-good" if (delta > 0) == (good == "up") else "is-bad"


@register.filter
def is_check(field: BoundField) -> bool:
    """``{% if field|is_check %}``: a single tick box, whose label follows it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_choices(field: BoundField) -> bool:
    """``{% if field|is_choices %}``: several boxes under one legend."""
    return isinstance(field.field.widget, CheckboxSelectMultiple | RadioSelect)


@register.filter
def tone(level_tag: str) -> str:
    """``{{ message.level_tag|tone }}``: the kit's tone for a Django message."""
    return TONES.get(level_tag, "info")


@register.simple_tag
def icon(name: str, label: str = "", size: str = "", extra: str = "") -> SafeString:
    """``{% icon "users" %}``: a drawing of the sprite; hidden from screen readers unless it has a label."""
    classes = " ".join(
        part
        for part in ("icon", f"is-{size}" if size else "", "is-filled" if name.startswith("filled/") else "", extra)
        if part
    )
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    address = f"{assets.url('icons.svg')}#{name.replace('/', '-')}"
    return format_html('<svg class="{}" {} focusable="false"><use href="{}"></use></svg>', classes, spoken, address)


@register.simple_tag
def asset_url(name: str) -> str:
    """``{% asset_url "src/main.ts" %}``: the address of a built file."""
    return assets.url(name)


@register.simple_tag
def asset_tags() -> SafeString:
    """Write the tags every page needs: theme before the first paint, the style sheet, the program."""
    theme = format_html('<script type="module" src="{}" blocking="render"></script>\n', assets.url("src/theme.ts"))
    sheets = format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((sheet,) for sheet in assets.stylesheets("src/main.ts"))
    )
    main = format_html('\n<script type="module" src="{}"></script>', assets.url("src/main.ts"))
    return theme + sheets + main


@register.simple_tag
def html_language() -> str:
    """Return the language tag of the page: ``zh-Hans`` or ``en``."""
    return str(formats.locale()).replace("_", "-")


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """Return the theme the person chose: light, dark or auto."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("shuke_theme", "auto") if request else "auto"
    return chosen if chosen in {"light", "dark"} else "auto"


@register.simple_tag(takes_context=True)
def is_unencrypted(context: Context) -> bool:
    """Whether the page travels a network in the clear; on the same machine it does not."""
    request: HttpRequest | None = context.get("request")
    if request is None or request.is_secure():
        return False
    host, _port = split_domain_port(request.get_host())
    return host not in {"127.0.0.1", "localhost", "[::1]"}


@register.simple_tag(takes_context=True)
def navigation_groups(context: Context) -> list[navigation.Group]:
    """Return the menu of the person who looks at the page."""
    request: HttpRequest | None = context.get("request")
    return navigation.for_request(request) if request else []


@register.simple_tag(takes_context=True)
def shell_tools(context: Context) -> list[SafeString]:
    """Return what stands beside the person on every page."""
    request: Any = context.get("request")
    return panels.drawn("shell.tools", 0, request) if request is not None and hasattr(request, "user") else []


@register.simple_tag
def language_name(code: str) -> str:
    """Return a language's name in that language."""
    return str(translation.get_language_info(code)["name_local"])


@register.simple_tag(takes_context=True)
def sort_link(context: Context, field: str, current: str = "", up: str = "") -> str:
    """Return the query string that sorts by ``field``: largest first (with ``up`` smallest), then the other way round."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    for name in ("after", "before"):
        parameters.pop(name, None)
    first, second = (field, f"-{field}") if up else (f"-{field}", field)
    parameters["sort"] = second if current == first else first
    return "?" + parameters.urlencode()


@register.inclusion_tag("ui/_chart.html")
def chart(spec: dict[str, Any], id: str = "chart", height: str = "md", label: str = "") -> dict[str, Any]:  # noqa: A002
    """``{% chart spec id="sales" height="md" label="…" %}``: a chart, or a tinted table for the kind ``grid``."""
    return {
        "id": id,
        "kind": spec["kind"],
        "height": height,
        "label": label,
        "x_name": spec.get("x_name", ""),
        "y_name": spec.get("y_name", ""),
        "spec": charts.for_browser(spec),
        "columns": charts.columns(spec),
        "rows": charts.rows(spec),
        "total_name": spec.get("total_name", "") if spec.get("total") else "",
    }


@register.simple_block_tag
def capture(content: str) -> str:
    """``{% capture as name %}…{% endcapture %}``: one block used in two places, or only where it is not empty."""
    return SafeString(content.strip())


def _given(value: Any) -> Any:
    """Templates turn a missing variable into ""; it is as absent as None."""
    return None if value == "" else value
