"""What attributes plug into."""

from django.utils.translation import gettext_lazy as _

from shuke.cdp.attributes import api, jobs
from shuke.cdp.attributes.extensions import (
    AttributeColumns,
    AttributesDataset,
    AttributesMerging,
    AttributesPersonalData,
)
from shuke.cdp.attributes.pages.values import card
from shuke.cdp.attributes.queries.sealing import CHANGE, STATEMENT
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER
from shuke.vocabulary.customers import CustomerAttributesChanged

MANIFEST = Manifest(
    domain="attributes",
    permissions=(Permission("attributes.define", roles=(OWNER, ADMIN, MARKETER, ANALYST)),),
    pages=PageMount("attributes/", "shuke.cdp.attributes.urls"),
    navigation=(
        NavEntry(
            label=_("Attributes"), url_name="attributes:list", icon="list-details", group="customers", order=40,
            permission="customers.view",
        ),
    ),
    api=api.router,
    publishes=(CustomerAttributesChanged,),
    jobs=(JobSpec("attributes.reread", jobs.reread),),
    datasets=(AttributesDataset(),),
    panels=(Panel("customer.aside", "attributes/_card.html", 10, "customers.view", card),),
    merging=(AttributesMerging(),),
    personal_data=(AttributesPersonalData(),),
    customer_columns=(AttributeColumns(),),
    sealed=(
        SealedColumn("attributes.Statement", "sealed", STATEMENT),
        SealedColumn("attributes.Change", "sealed", CHANGE),
    ),
)  # fmt: skip
