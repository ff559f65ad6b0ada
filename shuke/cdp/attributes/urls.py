"""Addresses of the attribute pages."""

from django.urls import path

from shuke.cdp.attributes.pages import definitions, values

app_name = "attributes"
urlpatterns = [
    path("", definitions.index, name="list"),
    path("new/", definitions.new, name="new"),
    path("<int:pk>/", definitions.detail, name="detail"),
    path("<int:pk>/edit/", definitions.edit, name="edit"),
    path("<int:pk>/archive/", definitions.archive, name="archive"),
    path("<int:pk>/restore/", definitions.restore, name="restore"),
    path("of/<uuid:uuid>/<str:code>/", values.show, name="value"),
    path("of/<uuid:uuid>/<str:code>/set/", values.write, name="set"),
]
