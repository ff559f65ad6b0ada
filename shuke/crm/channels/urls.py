"""Addresses of the pages about channels."""

from django.urls import path

from shuke.crm.channels.pages import outbox

app_name = "channels"
urlpatterns = [
    path("outbox/", outbox.index, name="outbox"),
    path("outbox/<int:pk>/", outbox.message, name="outbox_message"),
    path("outbox/<int:pk>/html/", outbox.html, name="outbox_html"),
]
