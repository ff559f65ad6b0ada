"""The team: who is in it, with which role."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.staff.models import Staff
from shuke.platform.staff.permissions import TABLE
from shuke.platform.staff.roles import Role
from shuke.web import forms, labels, role_notes
from shuke.web.actions import team as actions


@page("team.manage")
def members(request: Request) -> HttpResponse:
    """List everyone, active first."""
    staff = list(Staff.objects.order_by("-is_active", "name", "pk"))
    return render(request, "web/team.html", {"members": staff, "total": len(staff)})


@page("team.manage", methods=("GET", "POST"))
def invite(request: Request) -> HttpResponse:
    """Create an account, then show its link once."""
    form = forms.Invitee(request.POST or None, initial={"role": Role.MARKETER, "language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite(**form.cleaned_data, by=request.user, now=request.now)
        except ShukeError as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "web/team_link.html", {"invitation": invitation, "is_new": True})
    context = {"form": form, "roles": role_notes.all_roles()}
    return render(request, "web/team_invite.html", context, status=422 if form.is_bound else 200)


@page("team.manage", methods=("GET", "POST"))
def member(request: Request, pk: int) -> HttpResponse:
    """Show and change one member."""
    staff = get_object_or_404(Staff, pk=pk)
    initial = {"name": staff.name, "email": staff.email, "role": staff.role}
    form = forms.Member(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(pk, **form.cleaned_data, by=request.user, now=request.now)
        except ShukeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("web:team")
    context = {
        "member": staff,
        "form": form,
        "roles": role_notes.all_roles(),
        "permissions": [labels.permission(code) for code in TABLE.of_role(staff.role)],
        "is_self": staff.pk == request.user.pk,
    }
    return render(request, "web/team_member.html", context, status=422 if form.is_bound else 200)


@page("team.manage", methods=("POST",))
def link(request: Request, pk: int) -> HttpResponse:
    """Make a new one-time link and show it once."""
    get_object_or_404(Staff, pk=pk)
    try:
        invitation = actions.send_link(pk, by=request.user, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("web:team_member", pk)
    return render(request, "web/team_link.html", {"invitation": invitation, "is_new": False})


@page("team.manage", methods=("POST",))
def deactivate(request: Request, pk: int) -> HttpResponse:
    """Lock someone out."""
    staff = get_object_or_404(Staff, pk=pk)
    try:
        actions.deactivate(pk, by=request.user, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("web:team_member", pk)
    messages.success(request, _("%(name)s can no longer log in.") % {"name": staff})
    return redirect("web:team")


@page("team.manage", methods=("POST",))
def reactivate(request: Request, pk: int) -> HttpResponse:
    """Let someone in again."""
    staff = get_object_or_404(Staff, pk=pk)
    try:
        actions.reactivate(pk, by=request.user, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("web:team_member", pk)
    messages.success(request, _("%(name)s can log in again.") % {"name": staff})
    return redirect("web:team")
