"""The verbs of privacy work."""

from shuke.cdp.privacy.actions.archives import fetch, issue_link, pack, tidy_archives
from shuke.cdp.privacy.actions.erasing import erase_person, replay_journal, run_erasure
from shuke.cdp.privacy.actions.requests import carry_out, check_identity, receive, refuse
from shuke.cdp.privacy.actions.retention import apply_retention, save_settings

__all__ = [
    "apply_retention", "carry_out", "check_identity", "erase_person", "fetch", "issue_link", "pack", "receive", "refuse",
    "replay_journal", "run_erasure", "save_settings", "tidy_archives",
]  # fmt: skip
