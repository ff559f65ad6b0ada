"""Addresses of the privacy pages."""

from django.urls import path

from shuke.cdp.privacy.pages import archive, requests, retention

app_name = "privacy"
urlpatterns = [
    path("privacy/", requests.queue, name="requests"),
    path("privacy/for/<uuid:customer>/", requests.receive, name="receive"),
    path("privacy/requests/<uuid:uuid>/", requests.detail, name="request"),
    path("privacy/requests/<uuid:uuid>/check/", requests.check, name="check"),
    path("privacy/requests/<uuid:uuid>/carry-out/", requests.carry_out, name="carry_out"),
    path("privacy/requests/<uuid:uuid>/refuse/", requests.refuse, name="refuse"),
    path("privacy/requests/<uuid:uuid>/link/", requests.link, name="link"),
    path("privacy/certificates/<uuid:uuid>/", requests.certificate, name="certificate"),
    path("privacy/retention/", retention.settings, name="retention"),
    path("privacy/retention/count/", retention.dry_run, name="dry_run"),
    path("privacy/retention/run/", retention.run, name="run"),
    path("p/archive/<str:token>/", archive.archive, name="archive"),
]
