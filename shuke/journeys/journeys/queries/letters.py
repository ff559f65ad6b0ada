"""What can be chosen when a journey is drawn: templates, channels, events, occasions."""

from datetime import timedelta

from django.utils.translation import get_language

from shuke.cdp.events import queries as events
from shuke.crm.templates import queries as templates
from shuke.kernel import calendars
from shuke.kernel.clock import utcnow
from shuke.kernel.places import territory_of_zone
from shuke.platform.company import queries as company


def choices() -> list[tuple[str, str, str]]:
    """Return the templates that can be sent: public id, name, channel."""
    return [
        (str(one.uuid), one.name, one.channel)
        for one in sorted(templates.usable(), key=lambda one: (one.channel, one.name.casefold()))
    ]


def event_choices() -> list[tuple[str, str]]:
    """Return events by what they are called: those of ours, and those that shops sent lately."""
    named = [*events.LABELS, *events.kinds_seen()]
    return sorted(((one, events.label_of(one)) for one in dict.fromkeys(named)), key=lambda pair: pair[1].casefold())


def occasions() -> list[tuple[str, str]]:
    """Return the festivals and sales of a year where the company is, by their next day."""
    country = territory_of_zone(company.company().time_zone)
    today = utcnow().date()
    found = calendars.occasions(country, today, today + timedelta(days=370))
    language = get_language() or "en"
    return list({one.code: one.name(language) for one in found}.items())
