"""A first proposal of how a file is read, from its headers and first rows. A person confirms it."""

import re
from collections.abc import Sequence

from shuke.cdp.orders.rules import columns, presets
from shuke.cdp.orders.rules import mapping as mappings
from shuke.cdp.orders.rules.cells import ADJUSTMENT_WORDS, REFUND_WORDS, SALE_WORDS
from shuke.cdp.orders.rules.mapping import BY_COLUMN, BY_SIGN, Mapping
from shuke.platform.imports.rules import moments, values
from shuke.platform.imports.rules.refusals import Refused

_KNOWN_KINDS = SALE_WORDS | REFUND_WORDS | ADJUSTMENT_WORDS
_SIGN = re.compile(r"CN¥|US\$|HK\$|NT\$|[¥￥$€£元]")


def guess(headers: Sequence[str], rows: Sequence[Sequence[str]], *, currency: str, time_zone: str) -> Mapping:
    """Propose a mapping; ``currency`` and ``time_zone`` are what the shop or company is known to use."""
    preset = presets.recognised(headers)
    fitted = presets.fitting(preset, headers) if preset else None
    chosen = dict(fitted.columns) if fitted else columns.guess(headers)

    def samples(*names: str) -> list[str]:
        places = [headers.index(chosen[name]) for name in names if name in chosen]
        return [row[place] for row in rows for place in places if place < len(row) and row[place]]

    kind_by = fitted.kind_by if fitted else BY_SIGN
    if "kind" in chosen and kind_by == BY_SIGN:
        if _speaks_of_kinds(samples("kind")):
            kind_by = BY_COLUMN
        else:
            del chosen["kind"]
    order, _proven = moments.date_order(samples("placed_at"))
    amounts = samples("unit_price", "amount")
    return Mapping(
        columns=chosen,
        preset=preset,
        kind_by=kind_by,
        refund_prefixes=fitted.refund_prefixes if fitted else (),
        adjustment_prefixes=fitted.adjustment_prefixes if fitted else (),
        currency=(fitted.currency if fitted else "") or _currency(amounts) or currency,
        time_zone=fitted.time_zone if fitted and fitted.time_zone != "UTC" else time_zone,
        part=fitted.part if fitted else mappings.WHOLE,
        date_order=order,
        decimal_mark=values.decimal_mark(amounts),
    )


def _speaks_of_kinds(samples: Sequence[str]) -> bool:
    """A column called "type" holds kinds of records only if its words are such kinds."""
    said = {sample.strip().casefold().replace(" ", "") for sample in samples} - {""}
    return bool(said) and said <= _KNOWN_KINDS


def _currency(amounts: Sequence[str]) -> str:
    for amount in amounts[:100]:
        if found := _SIGN.search(amount):
            try:
                return values.currency(found[0])
            except Refused:
                return ""
    return ""
