"""What templates plug into."""

from django.utils.translation import gettext_lazy as _

from shuke.platform.manifest import Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER

MANIFEST = Manifest(
    domain="templates",
    permissions=(
        Permission("templates.view", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        Permission("templates.edit", roles=(OWNER, ADMIN, MARKETER)),
        # The second person behind a transactional message.
        Permission("templates.approve", roles=(OWNER, ADMIN)),
    ),
    pages=PageMount("", "shuke.crm.templates.urls"),
    navigation=(NavEntry(_("Templates"), "templates:list", "mail", "marketing", 40, "templates.view"),),
)
