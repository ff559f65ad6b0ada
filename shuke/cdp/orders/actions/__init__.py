"""Changes to orders: recording facts, importing files, taking imports back."""

from shuke.cdp.orders.actions.recording import Outcome as Outcome
from shuke.cdp.orders.actions.recording import record as record
from shuke.cdp.orders.actions.records import AdjustmentRecord as AdjustmentRecord
from shuke.cdp.orders.actions.records import LineRecord as LineRecord
from shuke.cdp.orders.actions.records import OrderRecord as OrderRecord
from shuke.cdp.orders.actions.records import RefundRecord as RefundRecord
