"""What audiences that leave the house plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.crm.audiences import jobs, queries
from shuke.crm.audiences.extensions import AudiencesPersonalData
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER

MANIFEST = Manifest(
    domain="audiences",
    permissions=(
        Permission(queries.VIEW, roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        # Hands data of people, hashed, to other companies.
        Permission(queries.MANAGE, roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("audiences/", "shuke.crm.audiences.urls"),
    navigation=(NavEntry(_("Audiences out"), "audiences:list", "share", "marketing", 90, queries.VIEW),),
    jobs=(JobSpec("audiences.sync", jobs.sync), JobSpec("audiences.look", jobs.look, every=timedelta(minutes=15))),
    personal_data=(AudiencesPersonalData(),),
    sealed=(
        SealedColumn("audiences.Destination", "secrets", queries.CALL_SEALED_AS),
        SealedColumn("audiences.Shared", "sealed", queries.LINE_SEALED_AS),
    ),
    uses=queries.uses,
)
