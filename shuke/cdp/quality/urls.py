"""Addresses of the quality pages."""

from django.urls import path

from shuke.cdp.quality.pages import duplicates, fixing, overview

app_name = "quality"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("measure/", overview.measure, name="measure"),
    path("flaws/<slug:code>/", overview.flaw, name="flaw"),
    path("flaws/<slug:code>/fix/", fixing.start, name="start_fix"),
    path("fixes/<uuid:uuid>/", fixing.fix, name="fix"),
    path("fixes/<uuid:uuid>/undo/", fixing.undo, name="undo_fix"),
    path("duplicates/", duplicates.queue, name="duplicates"),
    path("duplicates/search/", duplicates.search, name="search"),
    path("duplicates/accept/", duplicates.accept_above, name="accept_above"),
    path("duplicates/settings/", duplicates.settings, name="settings"),
    path("duplicates/<int:pk>/", duplicates.compare, name="compare"),
    path("duplicates/<int:pk>/accept/", duplicates.accept, name="accept"),
    path("duplicates/<int:pk>/apart/", duplicates.tell_apart, name="tell_apart"),
    path("duplicates/<int:pk>/reconsider/", duplicates.reconsider, name="reconsider"),
]
