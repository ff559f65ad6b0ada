"""Addresses of the segment pages."""

from django.urls import path

from shuke.insight.segments.pages import browsing, editing, members, ready

app_name = "segments"
urlpatterns = [
    path("", browsing.segments, name="list"),
    path("new/", editing.new, name="new"),
    path("new-list/", editing.new_list, name="new_list"),
    path("preview/", editing.preview, name="preview"),
    path("suggest/", editing.suggest, name="suggest"),
    path("types/", ready.types, name="ready"),
    path("types/<slug:code>/adopt/", ready.adopt, name="adopt"),
    path("<uuid:uuid>/", browsing.segment, name="detail"),
    path("<uuid:uuid>/history/", browsing.history, name="history"),
    path("<uuid:uuid>/compare/", browsing.compare, name="compare"),
    path("<uuid:uuid>/explain/", browsing.explain, name="explain"),
    path("<uuid:uuid>/edit/", editing.edit, name="edit"),
    path("<uuid:uuid>/recompute/", editing.recompute, name="recompute"),
    path("<uuid:uuid>/duplicate/", editing.duplicate, name="duplicate"),
    path("<uuid:uuid>/archive/", editing.archive, name="archive"),
    path("<uuid:uuid>/restore/", editing.restore, name="restore"),
    path("<uuid:uuid>/export/", members.export, name="export"),
    path("<uuid:uuid>/add/", members.add, name="add"),
    path("<uuid:uuid>/remove/", members.remove, name="remove"),
]
