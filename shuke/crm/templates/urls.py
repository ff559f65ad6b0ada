"""Addresses of the pages about templates, and of pictures for everybody who reads a message."""

from django.urls import path

from shuke.crm.templates.pages import browsing, editing, surroundings

app_name = "templates"
urlpatterns = [
    path("p/pictures/<uuid:uuid>.<slug:kind>", surroundings.picture, name="picture"),
    path("templates/", browsing.index, name="list"),
    path("templates/new/", browsing.new, name="new"),
    path("templates/brand/", surroundings.brand, name="brand"),
    path("templates/snippets/", surroundings.snippets, name="snippets"),
    path("templates/pictures/", surroundings.pictures, name="pictures"),
    path("templates/products/", editing.products, name="products"),
    path("templates/<uuid:uuid>/", browsing.detail, name="detail"),
    path("templates/<uuid:uuid>/publish/", browsing.publish, name="publish"),
    path("templates/<uuid:uuid>/approve/", browsing.approve, name="approve"),
    path("templates/<uuid:uuid>/restore/", browsing.restore, name="restore"),
    path("templates/<uuid:uuid>/archive/", browsing.archive, name="archive"),
    path("templates/<uuid:uuid>/<slug:language>/", editing.edit, name="edit"),
    path("templates/<uuid:uuid>/<slug:language>/preview/", browsing.preview, name="preview"),
]
