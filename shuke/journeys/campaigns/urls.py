"""Addresses of the pages about campaigns."""

from django.urls import path

from shuke.journeys.campaigns import pages

app_name = "campaigns"
urlpatterns = [
    path("", pages.index, name="list"),
    path("calendar/", pages.calendar, name="calendar"),
    path("new/", pages.new, name="new"),
    path("<uuid:uuid>/", pages.detail, name="detail"),
    path("<uuid:uuid>/edit/", pages.edit, name="edit"),
    path("<uuid:uuid>/why/", pages.why, name="why"),
    path("<uuid:uuid>/submit/", pages.submit, name="submit"),
    path("<uuid:uuid>/approve/", pages.approve, name="approve"),
    path("<uuid:uuid>/launch/", pages.launch, name="launch"),
    path("<uuid:uuid>/pause/", pages.pause, name="pause"),
    path("<uuid:uuid>/resume/", pages.resume, name="resume"),
    path("<uuid:uuid>/cancel/", pages.cancel, name="cancel"),
]
