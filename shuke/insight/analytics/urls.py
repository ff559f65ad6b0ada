"""Addresses of the reports."""

from django.urls import path

from shuke.insight.analytics.pages import customers, download, funnels, places, products, sales, times, week

app_name = "analytics"
urlpatterns = [
    path("", sales.overview, name="sales"),
    path("products/", products.products, name="products"),
    path("customers/", customers.customers, name="customers"),
    path("places/", places.places, name="places"),
    path("times/", times.times, name="times"),
    path("funnels/", funnels.funnels, name="funnels"),
    path("week/", week.week, name="week"),
    path("download/<slug:table>/", download.download, name="download"),
]
