"""Addresses of audiences that leave the house."""

from django.urls import path

from shuke.crm.audiences import pages

app_name = "audiences"
urlpatterns = [
    path("", pages.listing, name="list"),
    path("new/", pages.create, name="create"),
    path("<uuid:uuid>/", pages.detail, name="detail"),
    path("<uuid:uuid>/sync/", pages.sync, name="sync"),
    path("<uuid:uuid>/archive/", pages.archive, name="archive"),
    path("runs/<uuid:uuid>/file/", pages.download, name="download"),
]
