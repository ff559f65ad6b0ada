"""What customers plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import api, extensions, jobs, rules
from shuke.cdp.customers.actions import participants
from shuke.cdp.customers.actions.importing import CustomerFiles
from shuke.cdp.customers.actions.reindexing import AddressIndexes
from shuke.cdp.customers.pages import panels
from shuke.cdp.customers.queries.merging import KEPT_CONTEXT
from shuke.cdp.customers.rules import consent
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, EVERYONE, MARKETER, OWNER
from shuke.vocabulary import customers as vocabulary

MANIFEST = Manifest(
    domain="customers",
    permissions=(
        Permission("customers.view", roles=EVERYONE),
        # Names, e-mail addresses, phone numbers and postal addresses in clear.
        Permission("customers.view_contacts", roles=(OWNER, ADMIN, MARKETER, AGENT)),
        # Notices, and addresses that must not be written to.
        Permission("customers.consents", roles=(OWNER, ADMIN, MARKETER, AGENT)),
        Permission("customers.edit", roles=(OWNER, ADMIN, MARKETER, AGENT)),
        # Making two customers one, telling them apart again, and what recognises nobody.
        Permission("customers.merge", roles=(OWNER, ADMIN, MARKETER)),
        Permission("customers.import", roles=(OWNER, ADMIN, MARKETER)),
    ),
    api=api.router,
    pages=PageMount("customers/", "shuke.cdp.customers.urls"),
    jobs=(
        JobSpec("customers.remove_tag", jobs.remove_tag),
        JobSpec("customers.check_consents", jobs.check_consents, every=timedelta(days=1)),
    ),
    publishes=(
        vocabulary.CustomerCreated,
        vocabulary.CustomerChanged,
        vocabulary.CustomerTagged,
        vocabulary.CustomerUntagged,
        vocabulary.IdentitiesMoved,
        vocabulary.CustomerMerged,
        vocabulary.CustomerSplit,
        vocabulary.ConsentRequested,
        vocabulary.ConsentGranted,
        vocabulary.ConsentWithdrawn,
        vocabulary.ContactSuppressed,
        vocabulary.ContactUnsuppressed,
        vocabulary.CustomerErased,
        vocabulary.CustomerRestricted,
    ),
    panels=(Panel("customer.aside", "customers/_permissions_panel.html", 5, "customers.view", panels.permissions),),
    navigation=(
        NavEntry(_("Import customers"), "customers:imports", "database-import", "customers", 30, "customers.import"),
        NavEntry(_("Do not contact"), "customers:suppressions", "ban", "customers", 50, "customers.consents"),
        NavEntry(_("Recognising people"), "customers:identity_settings", "key", "settings", 45, "customers.merge"),
        NavEntry(_("Notices"), "customers:notices", "file-text", "settings", 44, "customers.consents"),
    ),
    sealed=(
        SealedColumn("customers.ContactPoint", "sealed", rules.CONTACT_CONTEXT),
        SealedColumn("customers.ConsentRecord", "evidence", consent.EVIDENCE_CONTEXT),
        SealedColumn("customers.CustomerMerge", "kept", KEPT_CONTEXT),
    ),
    reindexing=(AddressIndexes(),),
    merging=(participants.Consents(), participants.Contacts(), participants.Tags(), participants.Relations()),
    imports=(CustomerFiles(),),
    personal_data=(extensions.CustomersPersonalData(),),
    datasets=(
        extensions.CustomersDataset(),
        extensions.IdentitiesDataset(),
        extensions.CustomerTagsDataset(),
        extensions.IdentityOverridesDataset(),
        extensions.CustomerRedirectsDataset(),
        extensions.ReachabilityDataset(),
    ),
)
