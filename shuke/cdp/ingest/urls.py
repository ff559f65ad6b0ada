"""Addresses of the pages about sources and what they send."""

from django.urls import path

from shuke.cdp.ingest.pages import installing, letters, live, planning, sources

app_name = "ingest"
urlpatterns = [
    path("", sources.index, name="sources"),
    path("new/", sources.new, name="source_new"),
    path("live/", live.index, name="live"),
    path("live/<int:inbox_id>-<int:number>/", live.detail, name="live_event"),
    path("letters/", letters.index, name="letters"),
    path("letters/settle/", letters.settle, name="letters_settle"),
    path("letters/<uuid:uuid>/", letters.detail, name="letter"),
    path("letters/<uuid:uuid>/discard/", letters.discard, name="letter_discard"),
    path("plan/", planning.index, name="plan"),
    path("plan/new/", planning.new, name="plan_new"),
    path("plan/<int:pk>/", planning.edit, name="plan_event"),
    path("plan/<int:pk>/drop/", planning.drop, name="plan_drop"),
    path("<uuid:uuid>/", sources.detail, name="source"),
    path("<uuid:uuid>/install/", installing.guide, name="source_install"),
    path("<uuid:uuid>/edit/", sources.edit, name="source_edit"),
    path("<uuid:uuid>/rotate/", sources.rotate, name="source_rotate"),
    path("<uuid:uuid>/archive/", sources.archive, name="source_archive"),
    path("<uuid:uuid>/restore/", sources.restore, name="source_restore"),
]
