"""What the log plugs into."""

from shuke.cdp.events import extensions
from shuke.platform.manifest import Manifest
from shuke.vocabulary.events import EventsRemoved

MANIFEST = Manifest(
    domain="events",
    publishes=(EventsRemoved,),
    personal_data=(extensions.EventsPersonalData(),),
    retention=(extensions.Behaviour(),),
)
