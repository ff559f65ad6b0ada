"""What happens to products."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ProductsChanged:
    """Products were created or changed, named by id: catalogue changes come in batches."""

    NAME: ClassVar[str] = "products.changed"
    VERSION: ClassVar[int] = 1

    product_ids: list[int]
