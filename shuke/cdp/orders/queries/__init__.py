"""Questions about orders."""

from shuke.cdp.orders.queries.reasons import Reason as Reason
from shuke.cdp.orders.queries.reasons import refund_reasons as refund_reasons
from shuke.cdp.orders.queries.reasons import refunded_for as refunded_for
from shuke.cdp.orders.queries.stats import Stats as Stats
from shuke.cdp.orders.queries.stats import stats as stats
