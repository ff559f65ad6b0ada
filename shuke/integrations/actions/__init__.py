"""Changes to connections."""

from shuke.integrations.actions.applying import apply_waiting as apply_waiting
from shuke.integrations.actions.applying import replay as replay
from shuke.integrations.actions.connecting import change as change
from shuke.integrations.actions.connecting import close as close
from shuke.integrations.actions.connecting import connect as connect
from shuke.integrations.actions.connecting import rotate as rotate
from shuke.integrations.actions.connecting import secrets_of as secrets_of
from shuke.integrations.actions.receiving import APPLY_JOB as APPLY_JOB
from shuke.integrations.actions.receiving import count_refusal as count_refusal
from shuke.integrations.actions.receiving import forget as forget
from shuke.integrations.actions.receiving import opened as opened
from shuke.integrations.actions.receiving import remove_some as remove_some
from shuke.integrations.actions.receiving import store as store
from shuke.integrations.actions.revealing import reveal as reveal
from shuke.integrations.actions.syncing import SYNC_JOB as SYNC_JOB
from shuke.integrations.actions.syncing import begin as begin
from shuke.integrations.actions.syncing import begin_due as begin_due
from shuke.integrations.actions.syncing import fetch as fetch
from shuke.integrations.actions.syncing import give_up as give_up
from shuke.integrations.actions.syncing import run as run
from shuke.integrations.actions.writing import FETCH_JOB as FETCH_JOB
