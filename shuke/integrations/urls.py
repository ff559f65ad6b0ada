"""Addresses of the pages about connections."""

from django.urls import path

from shuke.integrations.pages import connections, deliveries

app_name = "integrations"
urlpatterns = [
    path("", connections.index, name="connections"),
    path("new/", connections.choose, name="choose"),
    path("new/<slug:kind>/", connections.new, name="new"),
    path("<uuid:uuid>/", connections.detail, name="connection"),
    path("<uuid:uuid>/edit/", connections.edit, name="edit"),
    path("<uuid:uuid>/test/", connections.test, name="test"),
    path("<uuid:uuid>/sync/", connections.sync, name="sync"),
    path("<uuid:uuid>/rotate/", connections.rotate, name="rotate"),
    path("<uuid:uuid>/close/", connections.close, name="close"),
    path("<uuid:uuid>/replay/", deliveries.replay_failed, name="replay_failed"),
    path("<uuid:uuid>/deliveries/<int:pk>/", deliveries.detail, name="delivery"),
    path("<uuid:uuid>/deliveries/<int:pk>/payload/", deliveries.payload, name="payload"),
    path("<uuid:uuid>/deliveries/<int:pk>/replay/", deliveries.replay, name="replay"),
]
