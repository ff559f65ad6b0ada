"""Addresses of the pages of forecasts."""

from django.urls import path

from shuke.insight.forecasts.pages import download, series

app_name = "forecasts"
urlpatterns = [
    path("", series.series, name="series"),
    path("back-test/", series.back_test, name="back_test"),
    path("download/<slug:kind>/", download.download, name="download"),
    path("run/", series.run, name="run"),
]
