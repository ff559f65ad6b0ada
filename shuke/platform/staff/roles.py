"""The six roles a member of staff can hold."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person does here; each domain says what that lets them do."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    MARKETER = "marketer", _("Marketer")
    AGENT = "agent", _("Service agent")
    ANALYST = "analyst", _("Analyst")
    FINANCE = "finance", _("Finance")


OWNER, ADMIN, MARKETER = Role.OWNER, Role.ADMIN, Role.MARKETER
AGENT, ANALYST, FINANCE = Role.AGENT, Role.ANALYST, Role.FINANCE
MANAGERS = (OWNER, ADMIN)
EVERYONE = tuple(Role)
