"""Addresses of the trait pages."""

from django.urls import path

from shuke.insight.traits import pages

app_name = "traits"
urlpatterns = [
    path("", pages.index, name="list"),
    path("new/", pages.new, name="new"),
    path("preview/", pages.preview, name="preview"),
    path("<int:pk>/", pages.detail, name="detail"),
    path("<int:pk>/edit/", pages.edit, name="edit"),
    path("<int:pk>/recompute/", pages.recompute, name="recompute"),
    path("<int:pk>/archive/", pages.archive, name="archive"),
    path("tags/", pages.tags, name="tags"),
    path("tags/bind/", pages.bind, name="bind"),
    path("tags/<int:pk>/release/", pages.release, name="release"),
]
