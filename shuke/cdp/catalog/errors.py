"""What can go wrong in the catalogue.

CatalogError
└── InvalidProduct   a product record cannot be stored as it is
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class CatalogError(ShukeError):
    """Any refusal of the catalogue."""

    code = "catalog.error"


class InvalidProduct(CatalogError):
    """A product record names no product or has a text longer than we keep."""

    code = "catalog.invalid_product"
    kind = Kind.INVALID

    def __init__(self, external_id: str, *, field: str, most: int) -> None:
        text = _("Product “%(external_id)s”: %(field)s is empty or longer than %(most)s characters.")
        super().__init__(
            text % {"external_id": external_id, "field": field, "most": most},
            external_id=external_id,
            field=field,
            most=most,
        )
