"""Addresses of the tag pages."""

from django.urls import path

from shuke.cdp.customers.pages import recognition, tags

app_name = "customers"
urlpatterns = [
    path("recognition/", recognition.settings, name="identity_settings"),
    path("tags/", tags.tags, name="tags"),
    path("tags/groups/", tags.new_group, name="tag_group_new"),
    path("tags/groups/<int:pk>/", tags.group, name="tag_group"),
    path("tags/groups/<int:pk>/delete/", tags.delete_group, name="tag_group_delete"),
    path("tags/<int:pk>/", tags.tag, name="tag"),
    path("tags/<int:pk>/delete/", tags.delete_tag, name="tag_delete"),
]
