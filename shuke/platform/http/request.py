"""The type of what a staff page receives."""

from datetime import datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from shuke.platform.company.models import Company
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff


class Request(HttpRequest):
    """A request after our middleware, behind ``@page``: who asks, when, of which company.

    Only a name for types: nothing makes objects of it. Under ``@page(ANYONE)`` the person, the actor and the company
    may be missing, and in the API there is no person.
    """

    user: Staff
    actor: Actor
    now: datetime
    company: Company
    htmx: HtmxDetails
