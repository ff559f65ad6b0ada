"""The verbs of the collector."""

from shuke.cdp.ingest.actions.pipeline import lag, position, work_off
from shuke.cdp.ingest.actions.receiving import INBOX_BELL
from shuke.cdp.ingest.actions.tallies import DOOR

__all__ = ["DOOR", "INBOX_BELL", "lag", "position", "work_off"]
