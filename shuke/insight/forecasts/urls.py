"""Addresses of the pages of forecasts."""

from django.urls import path

from shuke.insight.forecasts.pages import download, plans, promotions, series, unusual

app_name = "forecasts"
urlpatterns = [
    path("", series.series, name="series"),
    path("back-test/", series.back_test, name="back_test"),
    path("download/<slug:kind>/", download.download, name="download"),
    path("unusual/", unusual.unusual, name="unusual"),
    path("unusual/<uuid:uuid>/", unusual.anomaly, name="anomaly"),
    path("unusual/<uuid:uuid>/note/", unusual.handle, name="handle"),
    path("plans/", plans.plans, name="plans"),
    path("plans/new/", plans.new, name="new_plan"),
    path("plans/<uuid:uuid>/", plans.plan, name="plan"),
    path("plans/<uuid:uuid>/edit/", plans.edit, name="edit_plan"),
    path("plans/<uuid:uuid>/archive/", plans.archive, name="archive_plan"),
    path("plans/<uuid:uuid>/download/", plans.download, name="download_plan"),
    path("promotions/", promotions.promotions, name="promotions"),
    path("promotions/enter/", promotions.enter, name="enter_promotion"),
    path("promotions/<int:pk>/remove/", promotions.remove, name="remove_promotion"),
    path("run/", series.run, name="run"),
]
