"""Addresses of the pages of recommendations."""

from django.urls import path

from shuke.insight.recommendations.pages import overview, quality, ruling, together, trial

app_name = "recommendations"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("train/", overview.train, name="train"),
    path("quality/", quality.quality, name="quality"),
    path("try/", trial.trial, name="trial"),
    path("rules/", ruling.rules, name="rules"),
    path("together/", together.together, name="together"),
    path("together/<int:first>-<int:second>/", together.combination, name="pair"),
    path("together/<int:first>-<int:second>-<int:third>/", together.combination, name="triple"),
]
