"""Doors for machines: what providers call, and where browsers fetch what waits for their visitor."""

from shuke.crm.channels.api.hooks import PREFIX as PREFIX
from shuke.crm.channels.api.hooks import Hooks as Hooks
from shuke.crm.channels.api.hooks import take as take
from shuke.crm.channels.api.onsite import PREFIX as ONSITE_PREFIX
from shuke.crm.channels.api.onsite import Onsite as Onsite

__all__ = ["ONSITE_PREFIX", "PREFIX", "Hooks", "Onsite", "take"]
