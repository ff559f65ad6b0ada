from decimal import Decimal

from oscar.apps.shipping import methods, repository


class Parcel(methods.FixedPrice):
    code, name = "parcel", "Parcel"

    def __init__(self) -> None:
        super().__init__(Decimal("3.25"), Decimal("3.90"))


class Repository(repository.Repository):
    methods = (Parcel(),)
