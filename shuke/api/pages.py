"""Staff pages of the API: keys, and the reference."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.api import actions, forms, reference
from shuke.platform.http.pages import STAFF, may, page
from shuke.platform.http.request import Request
from shuke.platform.staff import api_keys


@page("keys.manage")
def keys(request: Request) -> HttpResponse:
    """List the keys."""
    return render(request, "api/keys.html", {"keys": api_keys.all_keys()})


@page("keys.manage", methods=("GET", "POST"))
def create(request: Request) -> HttpResponse:
    """Make a key and show it, once."""
    form = forms.NewKey(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        key, text = actions.create_key(said["name"], said["scopes"], by=request.actor, now=request.now)
        return render(request, "api/key_made.html", {"key": key, "text": text})
    return render(request, "api/key_new.html", {"form": form}, status=422 if form.is_bound else 200)


@page("keys.manage", methods=("POST",))
def revoke(request: Request, pk: int) -> HttpResponse:
    """Retire a key."""
    if not any(key.pk == pk for key in api_keys.all_keys()):
        raise Http404
    actions.revoke_key(pk, by=request.actor, now=request.now)
    messages.success(request, _("The key no longer works."))
    return redirect("keys:list")


@page(STAFF)
def docs(request: Request) -> HttpResponse:
    """Show the reference, written from the same schema that programs read."""
    return render(
        request, "api/reference.html", {"reference": reference.read(), "may_manage": may(request, "keys.manage")}
    )
