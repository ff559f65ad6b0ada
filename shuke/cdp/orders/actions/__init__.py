"""Changes to orders: recording facts, importing files, taking imports back."""

from shuke.cdp.orders.actions.cancelling import cancel_orders as cancel_orders
from shuke.cdp.orders.actions.checkouts import CheckoutRecord as CheckoutRecord
from shuke.cdp.orders.actions.checkouts import change_checkout_settings as change_checkout_settings
from shuke.cdp.orders.actions.checkouts import find_abandoned as find_abandoned
from shuke.cdp.orders.actions.checkouts import follow_identities as follow_identities
from shuke.cdp.orders.actions.checkouts import follow_orders as follow_orders
from shuke.cdp.orders.actions.checkouts import record_checkouts as record_checkouts
from shuke.cdp.orders.actions.following import fill_carts as fill_carts
from shuke.cdp.orders.actions.rating import rate_amounts as rate_amounts
from shuke.cdp.orders.actions.rating import remove_rate as remove_rate
from shuke.cdp.orders.actions.rating import set_rates as set_rates
from shuke.cdp.orders.actions.recording import Outcome as Outcome
from shuke.cdp.orders.actions.recording import record as record
from shuke.cdp.orders.actions.records import AdjustmentRecord as AdjustmentRecord
from shuke.cdp.orders.actions.records import CouponRecord as CouponRecord
from shuke.cdp.orders.actions.records import LineRecord as LineRecord
from shuke.cdp.orders.actions.records import OrderRecord as OrderRecord
from shuke.cdp.orders.actions.records import PaymentRecord as PaymentRecord
from shuke.cdp.orders.actions.records import RefundRecord as RefundRecord
from shuke.cdp.orders.actions.records import ShipmentRecord as ShipmentRecord
