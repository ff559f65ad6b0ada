"""Addresses of orders."""

from django.urls import path

from shuke.cdp.orders.pages import checkouts, imports, rates, records

app_name = "orders"
urlpatterns = [
    path("", records.index, name="list"),
    path("<int:pk>/", records.detail, name="detail"),
    path("refunds/<int:pk>/", records.refund, name="refund"),
    path("carts/", checkouts.index, name="checkouts"),
    path("carts/settings/", checkouts.settings, name="checkout_settings"),
    path("rates/", rates.index, name="rates"),
    path("rates/<int:pk>/remove/", rates.remove, name="remove_rate"),
    path("import/", imports.upload, name="import"),
    path("imports/", imports.index, name="imports"),
    path("imports/<uuid:uuid>/", imports.show, name="import_page"),
    path("imports/<uuid:uuid>/preview/", imports.preview, name="import_preview"),
    path("imports/<uuid:uuid>/columns/", imports.columns, name="import_columns"),
    path("imports/<uuid:uuid>/start/", imports.start, name="import_start"),
    path("imports/<uuid:uuid>/cancel/", imports.cancel, name="import_cancel"),
    path("imports/<uuid:uuid>/discard/", imports.discard, name="import_discard"),
    path("imports/<uuid:uuid>/undo/", imports.undo, name="import_undo"),
    path("imports/<uuid:uuid>/refusals.csv", imports.refusals, name="import_refusals"),
]
