"""The inbox of each person, where their notices go, and through what the company's leave the house."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from shuke.kernel.errors import ShukeError
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import STAFF, may, page
from shuke.platform.http.request import Request
from shuke.platform.notices import actions, queries
from shuke.platform.notices.forms import MailServerForm, TargetForm, WaysForm
from shuke.platform.notices.models import OutgoingState, Target

CONFIGURE = "notices.configure"


@page(STAFF)
def inbox(request: Request) -> HttpResponse:
    """List what this person was told, newest first."""
    found = paginate(queries.inbox(request.user), request, keys=("-id",), per_page=30)
    shown = [(one, queries.worded(one), queries.kinds().get(one.kind)) for one in found.rows]
    context = {"page": found, "notices": shown, "may_configure": may(request, CONFIGURE)}
    return render(request, "notices/inbox.html", context)


@page(STAFF, methods=("POST",))
def read_all(request: Request) -> HttpResponse:
    """Mark everything as read."""
    actions.mark_all_read(request.user, now=request.now)
    return redirect("notices:inbox")


@page(STAFF, methods=("POST",))
def follow(request: Request, pk: int) -> HttpResponse:
    """Mark one notice as read and go where it leads."""
    notice = queries.notice_of(request.user, pk)
    if notice is None:
        raise Http404
    actions.mark_read(request.user, [pk], now=request.now)
    is_ours = notice.link.startswith("/") and not notice.link.startswith(("//", "/\\"))
    return redirect(notice.link if is_ours else "notices:inbox")


@page(STAFF, methods=("GET", "POST"))
def ways(request: Request) -> HttpResponse:
    """Show and change by which ways each kind of notice reaches this person."""
    kinds = queries.kinds_for(request.user)
    form = WaysForm(request.POST or None, kinds=kinds, initial=queries.choices_of(request.user))
    if request.method == "POST" and form.is_valid():
        actions.choose_ways(request.user, form.cleaned_data)
        messages.success(request, _("The changes are saved."))
        return redirect("notices:ways")
    return render(request, "notices/ways.html", {"form": form, "has_mail": queries.mail_server() is not None})


@page(CONFIGURE)
def delivery(request: Request) -> HttpResponse:
    """Show the mail server, the targets, and what did not leave the house."""
    targets, server = queries.targets(), queries.mail_server()
    tests = queries.last_tests([None, *(target.pk for target in targets)])
    context = {
        "server": server,
        "server_error": queries.error_text(server.error) if server else "",
        "server_test": _test(tests.get(None)),
        "targets": [(one, queries.error_text(one.error), _test(tests.get(one.pk))) for one in targets],
        "troubles": [(one, queries.error_text(one.error), queries.kinds().get(one.kind)) for one in queries.troubles()],
        "is_waiting": any(test.state == OutgoingState.WAITING for test in tests.values()),
    }
    template = "notices/_delivery.html" if request.htmx else "notices/delivery.html"
    return render(request, template, context)


def _test(last: Any) -> dict[str, Any] | None:
    """What became of the last test, for people."""
    return {"outgoing": last, "error": queries.error_text(last.error)} if last else None


@page(CONFIGURE, methods=("GET", "POST"))
def mail_server(request: Request) -> HttpResponse:
    """Show and change the company's mail server."""
    server = queries.mail_server()
    names = ("host", "port", "security", "username", "sender")
    initial = {name: getattr(server, name) for name in names} if server else {"sender": request.user.email}
    form = MailServerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.save_mail_server(**form.cleaned_data, by=request.actor, now=request.now)
        messages.success(request, _("The changes are saved. Try whether mail arrives."))
        return redirect("notices:delivery")
    context = {"form": form, "server": server}
    return render(request, "notices/mail_server.html", context, status=422 if form.is_bound else 200)


@page(CONFIGURE, methods=("POST",))
def forget_mail_server(request: Request) -> HttpResponse:
    """Send no mail any more."""
    actions.forget_mail_server(by=request.actor, now=request.now)
    messages.success(request, _("Mail to your team lands in the outbox again."))
    return redirect("notices:delivery")


@page(CONFIGURE, methods=("POST",))
def try_mail(request: Request) -> HttpResponse:
    """Queue a letter to whoever asks."""
    actions.try_mail(request.user, now=request.now)
    return redirect("notices:delivery")


@page(CONFIGURE, methods=("GET", "POST"))
def new_target(request: Request) -> HttpResponse:
    """Add a target."""
    every = [kind.name for kind in queries.kinds().values()]
    form = TargetForm(request.POST or None, initial={"kinds": every})
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        return redirect("notices:delivery")
    return render(request, "notices/target.html", {"form": form}, status=422 if form.is_bound else 200)


@page(CONFIGURE, methods=("GET", "POST"))
def target(request: Request, pk: int) -> HttpResponse:
    """Change a target."""
    own = get_object_or_404(Target, pk=pk)
    initial = {"name": own.name, "language": own.language, "kinds": own.kinds}
    form = TargetForm(request.POST or None, is_new=False, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, form, target_id=pk):
        return redirect("notices:delivery")
    return render(request, "notices/target.html", {"form": form, "target": own}, status=422 if form.is_bound else 200)


def _saved(request: Request, form: TargetForm, *, target_id: int | None = None) -> bool:
    try:
        actions.save_target(**form.cleaned_data, target_id=target_id, by=request.actor, now=request.now)
    except ShukeError as refusal:
        form.add_error("address", _(str(refusal.message)))
        return False
    messages.success(request, _("The changes are saved. Try whether a message arrives."))
    return True


@page(CONFIGURE, methods=("POST",))
def remove_target(request: Request, pk: int) -> HttpResponse:
    """Forget a target."""
    get_object_or_404(Target, pk=pk)
    actions.remove_target(pk, by=request.actor, now=request.now)
    messages.success(request, _("Nothing is sent there any more."))
    return redirect("notices:delivery")


@page(CONFIGURE, methods=("POST",))
def try_target(request: Request, pk: int) -> HttpResponse:
    """Queue a message to a target."""
    get_object_or_404(Target, pk=pk)
    actions.try_target(pk, now=request.now)
    return redirect("notices:delivery")


def bell(_subject: int, viewer: Any, _now: Any) -> dict[str, Any]:
    """Return what the bell on every page shows; costs no query, since the person is read anyway."""
    return {"unread": viewer.unread_notices}
