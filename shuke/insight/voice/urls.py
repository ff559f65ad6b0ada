"""Addresses of the pages of the voice of the customer."""

from django.urls import path

from shuke.insight.voice.pages import files, labelling, overview, summaries, texts, topics, training

app_name = "voice"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("texts/", texts.index, name="texts"),
    path("texts/<uuid:uuid>/", texts.detail, name="text"),
    path("texts/<uuid:uuid>/remove/", texts.remove, name="remove"),
    path("texts/<uuid:uuid>/about/", texts.about, name="about"),
    path("file/", files.take, name="file"),
    path("summary/", summaries.summarise, name="summarise"),
    path("settings/", summaries.settings, name="settings"),
    path("label/", labelling.label, name="label"),
    path("label/<uuid:uuid>/", labelling.say, name="say"),
    path("topics/", topics.index, name="topics"),
    path("topics/pin/", topics.pin, name="pin"),
    path("topics/<int:pk>/", topics.change, name="topic"),
    path("training/", training.report, name="training"),
    path("training/start/", training.start, name="train"),
]
