"""Changes to orders: recording facts, importing files, taking imports back."""

from shuke.cdp.orders.actions.files import Receiving as Receiving
from shuke.cdp.orders.actions.files import limit_bytes as limit_bytes
from shuke.cdp.orders.actions.importing import cancel as cancel
from shuke.cdp.orders.actions.importing import check as check
from shuke.cdp.orders.actions.importing import discard as discard
from shuke.cdp.orders.actions.importing import forget_uploads as forget_uploads
from shuke.cdp.orders.actions.importing import map_columns as map_columns
from shuke.cdp.orders.actions.importing import receive as receive
from shuke.cdp.orders.actions.importing import register as register
from shuke.cdp.orders.actions.importing import settle as settle
from shuke.cdp.orders.actions.importing import start as start
from shuke.cdp.orders.actions.importing import start_import as start_import
from shuke.cdp.orders.actions.reading import look as look
from shuke.cdp.orders.actions.recording import Outcome as Outcome
from shuke.cdp.orders.actions.recording import record as record
from shuke.cdp.orders.actions.records import AdjustmentRecord as AdjustmentRecord
from shuke.cdp.orders.actions.records import LineRecord as LineRecord
from shuke.cdp.orders.actions.records import OrderRecord as OrderRecord
from shuke.cdp.orders.actions.records import RefundRecord as RefundRecord
from shuke.cdp.orders.actions.running import run_check as run_check
from shuke.cdp.orders.actions.running import run_import as run_import
from shuke.cdp.orders.actions.undoing import begin_undo as begin_undo
from shuke.cdp.orders.actions.undoing import run_undo as run_undo
from shuke.cdp.orders.actions.undoing import undo as undo
