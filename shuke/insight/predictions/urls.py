"""Addresses of the pages of predictions."""

from django.urls import path

from shuke.insight.predictions.pages import overview, sheets

app_name = "predictions"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("train/", overview.train, name="train"),
    path("<slug:prediction>/", sheets.sheet, name="sheet"),
]
