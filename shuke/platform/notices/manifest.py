"""What notices plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.platform.http.pages import STAFF
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, NoticeKind, PageMount, Panel, SealedColumn
from shuke.platform.notices import jobs, pages
from shuke.platform.notices.queries import OUTGOING_SEALED_AS, SERVER_SEALED_AS, TARGET_SEALED_AS
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import MANAGERS

MANIFEST = Manifest(
    domain="notices",
    permissions=(Permission("notices.configure", roles=MANAGERS),),
    pages=PageMount("notices/", "shuke.platform.notices.urls"),
    navigation=(
        NavEntry(_("Mail and notices"), "notices:delivery", "bell", "settings", 65, "notices.configure"),
    ),
    jobs=(
        JobSpec("notices.send", jobs.send, every=timedelta(minutes=1)),
        JobSpec("notices.tidy", jobs.tidy, every=timedelta(days=1), lane="quick"),
    ),
    notices=(NoticeKind("notices.failed", _("Mail and notices that cannot be sent"), "notices.configure"),),
    panels=(Panel("shell.tools", "notices/_bell.html", 10, STAFF, pages.bell),),
    sealed=(
        SealedColumn("notices.Target", "sealed", TARGET_SEALED_AS),
        SealedColumn("notices.MailServer", "sealed", SERVER_SEALED_AS),
        SealedColumn("notices.Outgoing", "sealed", OUTGOING_SEALED_AS),
    ),
)  # fmt: skip
