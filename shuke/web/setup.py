"""Set-up and one-time links."""

from allauth.account.utils import perform_login
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.debug import sensitive_post_parameters

from shuke.platform.http.pages import ANYONE, STAFF, may, page
from shuke.platform.http.request import Request
from shuke.platform.staff import entry_link, setup_token
from shuke.platform.staff.models import Staff
from shuke.web import errors, forms
from shuke.web.actions import setup as actions

# What a company whose browser speaks a language most likely keeps its books in.
_USUAL_ZONES = {"zh-hans": "Asia/Shanghai"}


@page(ANYONE)
def start(request: Request) -> HttpResponse:
    """Explain where the set-up link is; nothing to see once there is a company."""
    if actions.is_done():
        return redirect("/")
    return render(request, "web/setup_start.html")


@sensitive_post_parameters("password")
@page(ANYONE, methods=("GET", "POST"))
def found(request: Request, token: str) -> HttpResponse:
    """Found the company with its first owner and log the owner in."""
    if actions.is_done():
        return redirect("account_login")
    if not setup_token.check(token):
        return render(request, "web/setup_start.html", {"is_wrong": True}, status=403)
    language = translation.get_language() or "en"
    form = forms.Beginnings(
        request.POST or None, initial={"language": language, "time_zone": _USUAL_ZONES.get(language, "UTC")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            owner = actions.begin(form.said(), now=request.now)
        except errors.AlreadySetUp:
            return redirect("account_login")
        return _enter(request, owner, to=reverse("web:welcome"))
    return render(request, "web/setup.html", {"form": form}, status=422 if form.is_bound else 200)


@page(STAFF)
def welcome(request: Request) -> HttpResponse:
    """Show the three steps from nothing to a segment."""
    return render(request, "web/welcome.html", {"may_import": may(request, "orders.import")})


@page(ANYONE, methods=("GET", "POST"))
def enter(request: Request, token: str) -> HttpResponse:
    """Log a person in by a link, once.

    Opening the link only asks: mail scanners and previews open links too, and must not use them up.
    """
    if request.method == "GET":
        staff = entry_link.staff_of(token)
        return render(request, "web/enter.html", {"staff": staff}, status=200 if staff else 410)
    staff = entry_link.spend(token, now=request.now)
    if staff is None:
        return render(request, "web/enter.html", {"staff": None}, status=410)
    return _enter(
        request, staff, to=reverse("web:profile") if staff.has_usable_password() else reverse("account_set_password")
    )


def _enter(request: Request, staff: Staff, *, to: str) -> HttpResponse:
    """Log ``staff`` in as after a password: a second factor, if there is one, is still asked for."""
    response = perform_login(request, staff, email_verification="none", redirect_url=to)
    return response if isinstance(response, HttpResponse) else HttpResponseRedirect(to)
