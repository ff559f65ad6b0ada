"""Addresses of the tag pages."""

from django.urls import path

from shuke.cdp.customers.pages import tags

app_name = "customers"
urlpatterns = [
    path("tags/", tags.tags, name="tags"),
    path("tags/<int:pk>/", tags.tag, name="tag"),
    path("tags/<int:pk>/delete/", tags.delete_tag, name="tag_delete"),
]
