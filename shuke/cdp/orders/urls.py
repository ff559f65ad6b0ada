"""Addresses of orders."""

from django.urls import path

from shuke.cdp.orders.pages import checkouts, rates, records
from shuke.cdp.orders.pages.files import PAGES

app_name = "orders"
urlpatterns = [
    path("", records.index, name="list"),
    path("<int:pk>/", records.detail, name="detail"),
    path("refunds/<int:pk>/", records.refund, name="refund"),
    path("carts/", checkouts.index, name="checkouts"),
    path("carts/settings/", checkouts.settings, name="checkout_settings"),
    path("rates/", rates.index, name="rates"),
    path("rates/<int:pk>/remove/", rates.remove, name="remove_rate"),
    *PAGES.urls(),
]
