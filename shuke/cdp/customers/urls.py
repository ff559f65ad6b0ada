"""Addresses of the tag pages."""

from django.urls import path

from shuke.cdp.customers import pages

app_name = "customers"
urlpatterns = [
    path("tags/", pages.tags, name="tags"),
    path("tags/<int:pk>/", pages.tag, name="tag"),
    path("tags/<int:pk>/delete/", pages.delete_tag, name="tag_delete"),
]
