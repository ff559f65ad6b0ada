"""URLs: each domain's pages under the prefix its manifest names, plus accounts, API and the language switch."""

from django.urls import URLPattern, URLResolver, include, path

from shuke.platform.manifest import installed

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("shuke.web.accounts")),
    *(path(mount.prefix, include(mount.urls)) for manifest in installed() if (mount := manifest.pages)),
]
handler403 = "shuke.platform.http.errors.forbidden"
handler404 = "shuke.platform.http.errors.not_found"
handler500 = "shuke.platform.http.errors.server_error"
