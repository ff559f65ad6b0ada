from decimal import Decimal
from typing import Any

from oscar.apps.partner import strategy


class Taxed(strategy.UseFirstStockRecord, strategy.StockRequired, strategy.FixedRateTax, strategy.Structured):
    rate, exponent = Decimal("0.20"), Decimal("0.01")


class Selector:
    def strategy(self, request: Any = None, **_said: Any) -> Taxed:
        return Taxed(request)
