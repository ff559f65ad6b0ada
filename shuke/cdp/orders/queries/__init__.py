"""Questions about orders."""

from shuke.cdp.orders.queries.stats import Stats as Stats
from shuke.cdp.orders.queries.stats import stats as stats
