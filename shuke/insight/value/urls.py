"""Addresses of the value pages."""

from django.urls import URLPattern

app_name = "value"
urlpatterns: list[URLPattern] = []
