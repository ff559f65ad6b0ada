"""What privacy work plugs into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.cdp.privacy import extensions, jobs
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, MANAGERS, OWNER

MANIFEST = Manifest(
    domain="privacy",
    permissions=(
        # Note that a person asked for something, and see where it stands.
        Permission("privacy.receive", roles=(OWNER, ADMIN, AGENT)),
        # Check who asks, carry out, refuse, hand out archives.
        Permission("privacy.handle", roles=MANAGERS),
        Permission("privacy.configure", roles=MANAGERS),
    ),
    pages=PageMount("", "shuke.cdp.privacy.urls"),
    navigation=(
        NavEntry(_("Privacy requests"), "privacy:requests", "shield-check", "customers", 60, "privacy.receive"),
        NavEntry(_("Retention"), "privacy:retention", "clock", "settings", 45, "privacy.configure"),
    ),
    jobs=(
        JobSpec("privacy.erase", jobs.erase, max_attempts=20),
        JobSpec("privacy.export", jobs.export),
        JobSpec("privacy.apply_retention", jobs.apply_retention, every=timedelta(days=1)),
        JobSpec("privacy.tidy", jobs.tidy, every=timedelta(hours=1)),
    ),
    personal_data=(extensions.PrivacyPersonalData(),),
    retention=(extensions.InactiveCustomers(),),
)
