"""E-mail through the APIs of providers that django-anymail knows, where that library is installed.

It brings what SMTP does not: receipts without a mailbox for bounces. The library builds and posts; what an answer means is
judged here by the same table as everywhere: a request that left and got no readable answer is "unknown".
"""

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadAccount, BadContent, NotGenuine
from shuke.crm.channels.kinds.email import SENDER_FIELDS, sender_problem
from shuke.crm.channels.kinds.email.answers import without_addresses
from shuke.crm.channels.kinds.email.envelope import mailbox, one_line
from shuke.crm.channels.kinds.http import BUSY, LATER, LOGIN, LOST, NO_ANSWER, NOT_UNDERSTOOD, SOON
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Heard, Load, MayGo, Reply, Setup, opened
from shuke.crm.channels.rules.parcels import ACCEPTED, DEFERRED, FAILED, NOT_STARTED, UNKNOWN, Handed, Parcel

IS_INSTALLED = find_spec("anymail") is not None
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Esp:
    """How the library names a provider's parts."""

    label: str
    module: str
    key: str
    view: str
    # What the provider signs its calls with, by the library's name for it; "" if it does not sign.
    signing: str = ""


_ESPS = {
    "brevo": _Esp("Brevo", "brevo", "api_key", "BrevoTrackingWebhookView"),
    "mailersend": _Esp("MailerSend", "mailersend", "api_token", "MailerSendTrackingWebhookView", "signing_secret"),
    "mailgun": _Esp("Mailgun", "mailgun", "api_key", "MailgunTrackingWebhookView", "webhook_signing_key"),
    "postmark": _Esp("Postmark", "postmark", "server_token", "PostmarkTrackingWebhookView"),
    "resend": _Esp("Resend", "resend", "api_key", "ResendTrackingWebhookView", "signing_secret"),
    "sendgrid": _Esp("SendGrid", "sendgrid", "api_key", "SendGridTrackingWebhookView"),
    "sparkpost": _Esp("SparkPost", "sparkpost", "api_key", "SparkPostTrackingWebhookView"),
}
_WHAT = {
    "delivered": "delivered", "bounced": "bounced", "rejected": "bounced", "failed": "bounced", "complained": "complained",
    "unsubscribed": "unsubscribed",
}  # fmt: skip
_LOST_MAILBOX = {"invalid", "bounced"}


class AnymailCarrier:
    """Hands letters to the library, one recipient each."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._backend: Any = None

    def carry(self, load: Load, may_go: MayGo) -> Iterator[Handed]:
        """Send letters one after the other. A provider that lets nobody in is not asked again for the same load."""
        parcels = opened(load)
        stuck: Handed | None = None
        for parcel in parcels:
            answer = self._one(parcel, may_go) if stuck is None else None
            if answer is not None and answer.state == NOT_STARTED and answer.code in {NO_ANSWER, LOGIN}:
                stuck = answer
            if answer is None:
                assert stuck is not None
                answer = Handed(parcel.key, NOT_STARTED, code=stuck.code, detail=stuck.detail, retry_after=LATER)
            yield answer

    def close(self) -> None:
        """Let go of connections."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with contextlib.suppress(OSError):
                backend.close()

    def _one(self, parcel: Parcel, may_go: MayGo) -> Handed:
        try:
            letter = _letter(parcel, self._setup)
        except BadContent as bad:
            code = str(bad.facts.get("code", "bad_content"))
            return Handed(parcel.key, FAILED, code=code, is_address=code == "bad_address")
        backend = self._connected()
        if not may_go(parcel.key):
            return Handed(parcel.key, NOT_STARTED)
        errors, requests = import_module("anymail.exceptions"), import_module("requests")
        try:
            backend.send_messages([letter])
        except errors.AnymailRecipientsRefused as refused:
            return Handed(parcel.key, FAILED, code="refused", detail=_said(refused), is_address=True)
        except errors.AnymailError as wrong:
            return _judged(parcel, wrong, requests)
        return _told(parcel, letter.anymail_status)  # type: ignore[attr-defined]  # put there by the library

    def _connected(self) -> Any:
        if self._backend is None:
            esp = _ESPS[self._setup.settings["esp"]]
            options = {
                esp.key: self._setup.secrets["key"],
                "requests_timeout": _SECONDS,
                "ignore_unsupported_features": True,
            }
            if address := self._setup.settings.get("endpoint"):
                options["api_url"] = address
            elif self._setup.settings.get("region") == "eu" and esp.module == "mailgun":
                options["api_url"] = "https://api.eu.mailgun.net/v3"
            self._backend = import_module(f"anymail.backends.{esp.module}").EmailBackend(**options)
            self._backend.open()
        return self._backend


def _letter(parcel: Parcel, setup: Setup) -> EmailMultiAlternatives:
    local, domain = mailbox(parcel.address)
    content, said = parcel.content, setup.settings
    if not content.html and not content.text.strip():
        raise BadContent("nothing to say", code="empty")
    headers = {name: one_line(value, what=name) for name, value in parcel.headers.items()}
    name = one_line(said.get("sender_name") or setup.sender_name, what="sender").replace('"', "'")
    letter = EmailMultiAlternatives(
        one_line(content.subject, what="subject"), content.text, f'"{name}" <{said["sender"]}>' if name else said["sender"],
        [f"{local}@{domain}"], headers=headers, reply_to=[said["reply_to"]] if said.get("reply_to") else None,
    )  # fmt: skip
    if content.html:
        letter.attach_alternative(content.html, "text/html")
    letter.metadata = {"key": parcel.key}  # type: ignore[attr-defined]  # the library's
    letter.track_clicks = letter.track_opens = False  # type: ignore[attr-defined]  # links are counted by ourselves
    return letter


def _told(parcel: Parcel, status: Any) -> Handed:
    """Return what the provider said of the one recipient."""
    said = set(status.status or ())
    code, number = ",".join(sorted(str(one) for one in said))[:48], str(status.message_id or "")[:160]
    if said and said <= {"queued", "sent"}:
        return Handed(parcel.key, ACCEPTED, provider_id=number, code=code)
    if said & {"invalid", "rejected", "failed"}:
        return Handed(parcel.key, FAILED, provider_id=number, code=code, is_address="failed" not in said)
    return Handed(parcel.key, UNKNOWN, provider_id=number, code=code or NOT_UNDERSTOOD)


def _is_nobody_there(wrong: Any, requests: Any) -> bool:
    """Whether no connection came about, so that nothing can have left."""
    if isinstance(wrong, requests.ConnectTimeout):
        return True
    first = next(iter(getattr(wrong.__cause__, "args", ())), None)
    reason = getattr(first, "reason", None)
    return isinstance(reason, import_module("urllib3.exceptions").NewConnectionError)


def _judged(parcel: Parcel, wrong: Any, requests: Any) -> Handed:
    """Return what an error of the library means; whether the request had left is what decides."""
    detail = _said(wrong)
    if _is_nobody_there(wrong, requests):
        return Handed(parcel.key, NOT_STARTED, code=NO_ANSWER, detail="no connection", retry_after=LATER)
    if isinstance(wrong, requests.RequestException) and getattr(wrong, "status_code", None) is None:
        return Handed(parcel.key, UNKNOWN, code=LOST, detail=type(wrong.__cause__).__name__)
    status = getattr(wrong, "status_code", None)
    if status is None:  # the library refused to build it: nothing was sent
        return Handed(parcel.key, FAILED, code="unsupported", detail=detail)
    return _refused(parcel, status, detail)


def _refused(parcel: Parcel, status: int, detail: str) -> Handed:
    if status in {429, 503}:
        return Handed(parcel.key, DEFERRED, code=BUSY, detail=str(status), retry_after=SOON)
    if status in {401, 403}:
        return Handed(parcel.key, NOT_STARTED, code=LOGIN, detail=detail, retry_after=LATER)
    if 400 <= status < 500:
        return Handed(parcel.key, FAILED, code=str(status), detail=detail)
    return Handed(parcel.key, UNKNOWN, code=NOT_UNDERSTOOD, detail=str(status))


def _said(wrong: Exception) -> str:
    cause = f" {wrong.__cause__}" if wrong.__cause__ else ""
    return without_addresses(" ".join((str(wrong) + cause).split()))


class Anymail:
    """A provider of e-mail with an API."""

    code = "anymail"
    channel = "email"
    label = _("E-mail provider (API)")
    icon = "mail"
    text = _("Brevo, MailerSend, Mailgun, Postmark, Resend, SendGrid or SparkPost, with their receipts.")
    capability = Capability("email", has_subject=True, is_html=True, has_receipts=True)
    fields: tuple[Field, ...] = (
        Field("esp", _("Provider"), choices=tuple((code, esp.label) for code, esp in _ESPS.items()), initial="mailgun"),
        Field("key", _("API key"), is_secret=True),
        Field("region", _("Region"), choices=(("us", _("World")), ("eu", _("Europe"))), initial="us"),
        *SENDER_FIELDS,
        Field(
            "signing", _("Signing key of calls"), _("For Mailgun, MailerSend and Resend, which sign what they call with."),
            is_secret=True, is_required=False,
        ),
    )  # fmt: skip

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes letters to the provider. Raises ``BadAccount`` where the library is missing."""
        if not IS_INSTALLED:
            raise BadAccount("django-anymail is not installed")
        return AnymailCarrier(setup)

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        if setup.settings.get("esp") not in _ESPS:
            return _("There is no such provider.")
        return sender_problem(setup)

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Read what a provider says of deliveries, bounces and complaints, after its signature where it has one."""
        esp = _ESPS.get(setup.settings.get("esp", ""))
        if esp is None or not IS_INSTALLED or call.method != "POST":
            raise NotGenuine("no such provider")
        signing = setup.secrets.get("signing", "")
        if esp.signing and not signing:
            raise NotGenuine("the key that calls are signed with was not entered")
        options = {esp.signing: signing} if esp.signing else {}
        try:
            with warnings.catch_warnings():
                # It misses a password in the address: ours is the address itself.
                warnings.simplefilter("ignore")
                view = getattr(import_module(f"anymail.webhooks.{esp.module}"), esp.view)(**options)
            request = _request(call)
            view.run_validators(request)
            events = view.parse_events(request)
        except Exception as wrong:
            raise NotGenuine("cannot be read") from wrong
        return Reply([heard for one in events if (heard := _heard(one)) is not None])


def _request(call: Call) -> WSGIRequest:
    """Return a call as Django's requests look, for the library."""
    address = urlsplit(call.url)
    environment: dict[str, Any] = {
        "REQUEST_METHOD": call.method, "PATH_INFO": address.path, "QUERY_STRING": address.query,
        "SERVER_NAME": address.hostname or "localhost", "SERVER_PORT": str(address.port or 443), "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(call.body), "CONTENT_LENGTH": str(len(call.body)),
        "CONTENT_TYPE": call.headers.get("content-type", ""),
    }  # fmt: skip
    for name, value in call.headers.items():
        if name not in {"content-type", "content-length", "host"}:
            environment["HTTP_" + name.upper().replace("-", "_")] = value
    return WSGIRequest(environment)


def _heard(event: Any) -> Heard | None:
    what = _WHAT.get(event.event_type or "")
    if what is None:
        return None
    metadata: Mapping[str, Any] = event.metadata or {}
    key, number = str(metadata.get("key") or ""), str(event.message_id or "")
    reason = str(event.reject_reason or "")
    known = str(event.event_id or "") or f"{number}\0{event.recipient}\0{event.timestamp}"
    return Heard(
        what, f"{what}:{sha256(known.encode()).hexdigest()[:40]}", key=key, provider_id=number,
        address=str(event.recipient or ""), code=reason[:48],
        detail=without_addresses(str(event.mta_response or event.description or "")), occurred_at=event.timestamp,
        is_permanent=what == "complained" or (what == "bounced" and reason in _LOST_MAILBOX and event.event_type != "failed"),
    )  # fmt: skip


KIND = Anymail()
