"""What attributes plug into."""

from shuke.cdp.attributes import jobs
from shuke.cdp.attributes.extensions import AttributesDataset, AttributesMerging, AttributesPersonalData
from shuke.platform.manifest import JobSpec, Manifest
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER
from shuke.vocabulary.customers import CustomerAttributesChanged

MANIFEST = Manifest(
    domain="attributes",
    permissions=(Permission("attributes.define", roles=(OWNER, ADMIN, MARKETER, ANALYST)),),
    publishes=(CustomerAttributesChanged,),
    jobs=(JobSpec("attributes.reread", jobs.reread),),
    datasets=(AttributesDataset(),),
    merging=(AttributesMerging(),),
    personal_data=(AttributesPersonalData(),),
)
