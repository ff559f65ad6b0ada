"""Addresses of customers: permissions, tags, imports."""

from django.urls import path

from shuke.cdp.customers.pages import permission, recognition, tags
from shuke.cdp.customers.pages.files import PAGES

app_name = "customers"
urlpatterns = [
    path("<uuid:uuid>/permissions/", permission.permissions, name="permissions"),
    path("<uuid:uuid>/permissions/record/", permission.record, name="consent_record"),
    path("<uuid:uuid>/permissions/<int:pk>/evidence/", permission.show_evidence, name="consent_evidence"),
    path("<uuid:uuid>/contacts/add/", permission.add_contact, name="contact_add"),
    path("<uuid:uuid>/contacts/<int:pk>/change/", permission.change_contact, name="contact_change"),
    path("consents/import/", permission.import_file, name="consents_import"),
    path("notices/", permission.notice_list, name="notices"),
    path("notices/<uuid:uuid>/retire/", permission.retire_notice, name="notice_retire"),
    path("suppressions/", permission.suppressions, name="suppressions"),
    path("suppressions/<int:pk>/lift/", permission.lift, name="suppression_lift"),
    path("recognition/", recognition.settings, name="identity_settings"),
    path("tags/", tags.tags, name="tags"),
    path("tags/groups/", tags.new_group, name="tag_group_new"),
    path("tags/groups/<int:pk>/", tags.group, name="tag_group"),
    path("tags/groups/<int:pk>/delete/", tags.delete_group, name="tag_group_delete"),
    path("tags/<int:pk>/", tags.tag, name="tag"),
    path("tags/<int:pk>/delete/", tags.delete_tag, name="tag_delete"),
    *PAGES.urls(),
]
