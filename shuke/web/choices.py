"""What the selects of the web application offer, in the reader's language."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from shuke.kernel.money import CURRENCIES
from shuke.platform.ui import formats

Choice = tuple[str, str]


def currencies(empty: str = "") -> list[Choice]:
    """Return the currencies by name; ``empty`` labels a first choice that means none."""
    names = formats.locale().currencies
    known = sorted(((code, f"{names.get(code, code)} ({code})") for code in CURRENCIES), key=lambda choice: choice[1])
    first = [(code, label) for code, label in known if code in CURRENCIES[:4]]
    rest = [(code, label) for code, label in known if code not in CURRENCIES[:4]]
    return [*([("", empty)] if empty else []), *first, *rest]


def languages(empty: str = "") -> list[Choice]:
    """Return the languages of the application, each named in itself."""
    offered = [(code, str(translation.get_language_info(code)["name_local"])) for code, _name in settings.LANGUAGES]
    return [*([("", empty)] if empty else []), *offered]


def as_browser() -> str:
    """Return the label of "no choice of one's own" for a language."""
    return _("Same as my browser")


def as_company() -> str:
    """Return the label of "no choice of one's own" for a time zone."""
    return _("Same as the company")
