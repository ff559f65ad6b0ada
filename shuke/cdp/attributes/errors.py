"""What can go wrong with attributes.

ShukeError
├── AttributeNotFound
├── CodeTaken           another attribute has this code
├── BadDefinition       a definition that contradicts itself; ``field`` says where
├── AttributeInUse      something rests on it; ``uses`` says what
├── NotByHand           its values are worked out, not entered
└── Misfit              a value that the definition does not allow
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError

# Why a value is not allowed. Keys are stable; the texts are for people.
MISFITS = {
    "text": _("expected a text"),
    "too_short": _("expected at least %(limit)s characters"),
    "too_long": _("expected at most %(limit)s characters"),
    "pattern": _("expected %(name)s"),
    "number": _("expected a number"),
    "money": _("expected an amount of money"),
    "too_small": _("expected at least %(limit)s"),
    "too_large": _("expected at most %(limit)s"),
    "date": _("expected a date like 2024-03-31"),
    "yes_no": _("expected yes or no"),
    "choice": _("“%(name)s” is not one of the choices"),
    "too_many": _("expected at most %(limit)s values"),
    "code": _("this name cannot be used as a code"),
    "full": _("there are too many undeclared attributes already"),
    "computed": _("this attribute is worked out, not entered"),
    "archived": _("this attribute is archived"),
}
# What the patterns that may be chosen ask for.
PATTERN_LABELS = {
    "letters": _("letters only"),
    "digits": _("digits only"),
    "letters_digits": _("letters and digits only"),
    "code": _("capital letters, digits, dots and dashes"),
    "tax_id": _("a tax or registration number (letters, digits, spaces, dots, dashes and slashes)"),
    "web_address": _("a web address"),
    "color": _("a colour like #1a2b3c"),
}


class Misfit(ShukeError):
    """A value that the definition does not allow."""

    code = "attributes.misfit"

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__("", key=key, **facts)
        self.key = key
        shown = facts | ({"name": str(PATTERN_LABELS[facts["name"]])} if key == "pattern" else {})
        self.message = MISFITS[key] % shown if facts else MISFITS[key]


class AttributeNotFound(ShukeError):
    """No such attribute."""

    code = "attributes.not_found"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no such attribute."))


class CodeTaken(ShukeError):
    """Another attribute has this code."""

    code = "attributes.code_taken"
    kind = Kind.CONFLICT

    def __init__(self, code: str) -> None:
        super().__init__(_("There is already an attribute with the code “%(code)s”.") % {"code": code}, name=code)


class BadDefinition(ShukeError):
    """A definition that cannot be: ``field`` names the part."""

    code = "attributes.bad_definition"

    def __init__(self, field: str, message: Any) -> None:
        super().__init__(message, field=field)
        self.field = field


class AttributeInUse(ShukeError):
    """Something rests on this attribute."""

    code = "attributes.in_use"
    kind = Kind.CONFLICT

    def __init__(self, labels: list[str]) -> None:
        super().__init__(_("This attribute is used by: %(names)s") % {"names": ", ".join(labels)}, names=labels)


class NotByHand(ShukeError):
    """The values of this attribute are worked out."""

    code = "attributes.not_by_hand"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("The values of this attribute are worked out; they cannot be entered."))
