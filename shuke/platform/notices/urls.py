"""Addresses of notices."""

from django.urls import path

from shuke.platform.notices import pages

app_name = "notices"
urlpatterns = [
    path("", pages.inbox, name="inbox"),
    path("read/", pages.read_all, name="read_all"),
    path("<int:pk>/", pages.follow, name="follow"),
    path("ways/", pages.ways, name="ways"),
    path("delivery/", pages.delivery, name="delivery"),
    path("delivery/mail/", pages.mail_server, name="mail_server"),
    path("delivery/mail/forget/", pages.forget_mail_server, name="mail_server_forget"),
    path("delivery/mail/try/", pages.try_mail, name="mail_try"),
    path("delivery/targets/new/", pages.new_target, name="target_new"),
    path("delivery/targets/<int:pk>/", pages.target, name="target"),
    path("delivery/targets/<int:pk>/remove/", pages.remove_target, name="target_remove"),
    path("delivery/targets/<int:pk>/try/", pages.try_target, name="target_try"),
]
