"""Addresses of the value pages."""

from django.urls import path

from shuke.insight.value.pages import definitions, distribution, heatmap, movement, profitability, stages, tiers

app_name = "value"
urlpatterns = [
    path("", heatmap.heatmap, name="heatmap"),
    path("people/", heatmap.people, name="people"),
    path("recompute/", heatmap.recompute, name="recompute"),
    path("tiers/", tiers.tiers, name="tiers"),
    path("tiers/people/", tiers.movers, name="tier_movers"),
    path("profitability/", profitability.profitability, name="profitability"),
    path("stages/", stages.stages, name="stages"),
    path("movement/", movement.migration, name="migration"),
    path("movement/people/", movement.movers, name="movers"),
    path("trends/", movement.trends, name="trends"),
    path("distribution/", distribution.distribution, name="distribution"),
    path("definitions/", definitions.definitions, name="definitions"),
]
