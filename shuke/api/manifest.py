"""What the API plugs in: the right to manage keys, its pages, its housekeeping."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.api import jobs
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import MANAGERS

MANIFEST = Manifest(
    domain="api",
    permissions=(Permission("keys.manage", roles=MANAGERS),),
    pages=PageMount("", "shuke.api.urls"),
    navigation=(NavEntry(_("API keys"), "keys:list", "key", "settings", 40, "keys.manage"),),
    jobs=(JobSpec("api.forget_answers", jobs.forget_answers, every=timedelta(hours=6), lane="quick"),),
)
