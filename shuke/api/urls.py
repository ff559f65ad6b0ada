"""Addresses of the API and of its staff pages."""

from django.urls import include, path, re_path

from shuke.api import pages, problems
from shuke.api.edge import edge

_keys = (
    [
        path("", pages.keys, name="list"),
        path("new/", pages.create, name="new"),
        path("<int:pk>/revoke/", pages.revoke, name="revoke"),
        path("reference/", pages.docs, name="reference"),
    ],
    "keys",
)
urlpatterns = [
    path("api/v1/", edge().urls),
    re_path(r"^api/", problems.nowhere, name="api_nowhere"),
    path("keys/", include(_keys)),
]
