"""Addresses of the value pages."""

from django.urls import path

from shuke.insight.value.pages import definitions, distribution, heatmap, movement, stages

app_name = "value"
urlpatterns = [
    path("", heatmap.heatmap, name="heatmap"),
    path("people/", heatmap.people, name="people"),
    path("recompute/", heatmap.recompute, name="recompute"),
    path("stages/", stages.stages, name="stages"),
    path("movement/", movement.migration, name="migration"),
    path("movement/people/", movement.movers, name="movers"),
    path("trends/", movement.trends, name="trends"),
    path("distribution/", distribution.distribution, name="distribution"),
    path("definitions/", definitions.definitions, name="definitions"),
]
