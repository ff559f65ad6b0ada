"""A person's own account."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.platform.http.pages import STAFF, page
from shuke.platform.http.request import Request
from shuke.web import forms
from shuke.web.actions import profile as actions


@page(STAFF, methods=("GET", "POST"))
def profile(request: Request) -> HttpResponse:
    """Show and change one's own name, language and time zone; lead to password and second factor."""
    staff = request.user
    initial = {"name": staff.name, "language": staff.language, "time_zone": staff.time_zone}
    form = forms.Profile(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change(staff, now=request.now, **form.cleaned_data)
        messages.success(request, _("The changes are saved."))
        return redirect("web:profile")
    context = {
        "form": form,
        "has_second_factor": Authenticator.objects.filter(user=staff, type=Authenticator.Type.TOTP).exists(),
    }
    return render(request, "web/profile.html", context, status=422 if form.is_bound else 200)
