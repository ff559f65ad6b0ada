"""What templates plug into."""

from shuke.platform.manifest import Manifest
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
)
