"""Addresses of messages."""

from django.urls import path

from shuke.crm.messaging.pages import public, staff

app_name = "messaging"
urlpatterns = [
    path("messages/", staff.deliveries, name="deliveries"),
    path("messages/health/", staff.health, name="health"),
    path("messages/policy/", staff.policy, name="policy"),
    path("messages/stop/", staff.stop, name="stop"),
    path("messages/go-on/", staff.go_on, name="go_on"),
    path("messages/refused/<int:number>/", staff.decision, name="decision"),
    path("messages/<uuid:uuid>/", staff.message, name="message"),
    path("p/u/<str:token>/", public.unsubscribe, name="unsubscribe"),
    path("p/preferences/<str:token>/", public.preferences, name="preferences"),
    path("p/v/<str:token>/", public.view, name="view"),
    path("p/c/<str:token>", public.follow, name="follow"),
    path("p/o/<str:token>.gif", public.opened, name="opened"),
]
