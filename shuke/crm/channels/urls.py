"""Addresses of the pages about channels."""

from django.urls import path

from shuke.crm.channels.pages import accounts, outbox

app_name = "channels"
urlpatterns = [
    path("", accounts.index, name="accounts"),
    path("new/", accounts.choose, name="choose"),
    path("new/<slug:kind>/", accounts.new, name="new"),
    path("<uuid:uuid>/", accounts.detail, name="account"),
    path("<uuid:uuid>/edit/", accounts.edit, name="edit"),
    path("<uuid:uuid>/try/", accounts.send_test, name="send_test"),
    path("<uuid:uuid>/test-mode/", accounts.set_test, name="set_test"),
    path("<uuid:uuid>/prefer/", accounts.prefer, name="prefer"),
    path("<uuid:uuid>/close/", accounts.close, name="close"),
    path("outbox/", outbox.index, name="outbox"),
    path("outbox/<int:pk>/", outbox.message, name="outbox_message"),
    path("outbox/<int:pk>/html/", outbox.html, name="outbox_html"),
]
