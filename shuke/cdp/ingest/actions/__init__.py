"""The verbs of the collector."""

from shuke.cdp.ingest.actions.acquiring import note_touches
from shuke.cdp.ingest.actions.letters import discard, discard_all, replay, replay_all
from shuke.cdp.ingest.actions.pipeline import lag, position, work_off
from shuke.cdp.ingest.actions.planning import drop_event, plan_event
from shuke.cdp.ingest.actions.receiving import INBOX_BELL, PRESSURE, receive
from shuke.cdp.ingest.actions.retention import forget_people
from shuke.cdp.ingest.actions.sources import CHANGEABLE, rotate_key
from shuke.cdp.ingest.actions.sources import archive as archive_source
from shuke.cdp.ingest.actions.sources import change as change_source
from shuke.cdp.ingest.actions.sources import create as create_source
from shuke.cdp.ingest.actions.sources import restore as restore_source
from shuke.cdp.ingest.actions.tallies import DOOR
from shuke.cdp.ingest.engine.reading_process import Reader
from shuke.cdp.ingest.rules.touches import Touch

__all__ = [
    "CHANGEABLE", "DOOR", "INBOX_BELL", "PRESSURE", "Reader", "Touch", "archive_source", "change_source", "create_source", "discard", "discard_all",
    "drop_event", "forget_people", "lag", "note_touches", "plan_event", "position", "receive", "replay", "replay_all", "restore_source", "rotate_key",
    "work_off",
]  # fmt: skip
