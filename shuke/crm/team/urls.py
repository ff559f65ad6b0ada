"""Addresses of people's work."""

from django.urls import path

from shuke.crm.team.pages import board, files, results, settings, tasks, today

app_name = "team"
urlpatterns = [
    path("", today.today, name="today"),
    path("make/", today.make, name="make"),
    path("calls/<uuid:uuid>/", today.note, name="note"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<uuid:uuid>/done/", tasks.tick_off, name="task_done"),
    path("results/", results.results, name="results"),
    path("watch/", board.watch, name="watch"),
    path("watch/assign/", board.assign, name="assign"),
    path("watch/export/", files.export, name="export"),
    path("watch/save/", board.save, name="save"),
    path("settings/", settings.settings, name="settings"),
    path("scripts/", settings.scripts, name="scripts"),
]
