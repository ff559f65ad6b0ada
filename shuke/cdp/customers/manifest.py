"""What customers plug into."""

from shuke.cdp.customers import api, extensions
from shuke.platform.manifest import Manifest
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, EVERYONE, MARKETER, OWNER
from shuke.vocabulary import customers as vocabulary

MANIFEST = Manifest(
    domain="customers",
    permissions=(
        Permission("customers.view", roles=EVERYONE),
        # Names, e-mail addresses, phone numbers and postal addresses in clear.
        Permission("customers.view_contacts", roles=(OWNER, ADMIN, MARKETER, AGENT)),
        Permission("customers.edit", roles=(OWNER, ADMIN, MARKETER, AGENT)),
    ),
    api=api.router,
    publishes=(
        vocabulary.CustomerCreated,
        vocabulary.CustomerChanged,
        vocabulary.CustomerTagged,
        vocabulary.CustomerUntagged,
    ),
    datasets=(extensions.CustomersDataset(), extensions.IdentitiesDataset(), extensions.CustomerTagsDataset()),
)
