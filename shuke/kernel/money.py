"""Money as whole minor units (cents, 分) with an ISO 4217 currency; never a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}

# Currencies offered where people choose one; those asked for most stand first.
CURRENCIES = tuple(
    (
        "CNY USD EUR GBP JPY HKD TWD SGD KRW MYR THB VND PHP IDR INR AUD "
        "NZD CAD CHF SEK NOK DKK PLN CZK HUF RON BGN TRY ILS AED SAR KWD "
        "ZAR BRL MXN CLP COP PEN ARS UAH KZT"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: ``minor`` units of ``currency``."""

    minor: int
    currency: str


def minor_digits(currency: str) -> int:
    """Return how many decimal digits a currency has.

    >>> minor_digits("JPY"), minor_digits("GBP")
    (0, 2)
    """
    return _EXPONENTS.get(currency, 2)


def round_half_up(value: Decimal) -> int:
    """Round to the nearest integer, halves away from zero.

    >>> round_half_up(Decimal("0.5")), round_half_up(Decimal("-2.5"))
    (1, -3)
    """
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_minor(amount: Decimal, currency: str) -> int:
    """Turn a decimal amount into minor units, rounded half up.

    >>> to_minor(Decimal("2.555"), "GBP")
    256
    """
    return round_half_up(amount.scaleb(minor_digits(currency)))


def from_minor(minor: int, currency: str) -> Decimal:
    """Turn minor units back into a decimal amount.

    >>> from_minor(256, "GBP")
    Decimal('2.56')
    """
    return Decimal(minor).scaleb(-minor_digits(currency))
