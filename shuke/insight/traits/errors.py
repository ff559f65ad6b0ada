"""Refusals.

ShukeError
├── TraitNotFound
├── BadTrait         facts, measure and column do not go together; ``field`` says where
└── TagRefused       a tag cannot follow this segment
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class TraitNotFound(ShukeError):
    """No such computed attribute or automatic tag."""

    code = "traits.not_found"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("This is not here any more."))


class BadTrait(ShukeError):
    """What is asked for cannot be worked out: ``field`` names the part."""

    code = "traits.bad_trait"

    def __init__(self, field: str, message: Any) -> None:
        super().__init__(message, field=field)
        self.field = field


class TagRefused(ShukeError):
    """A tag cannot follow this segment."""

    code = "traits.tag_refused"
    kind = Kind.CONFLICT
