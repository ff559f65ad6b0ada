"""Text messages through Twilio: free text, anywhere in the world."""

import hmac
from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import httpx
from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadContent, NotGenuine
from shuke.crm.channels.kinds.http import HttpCarrier, Request, WithoutToken
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Heard, Reply, Setup
from shuke.crm.channels.kinds.sms import signatures
from shuke.crm.channels.kinds.sms.calls import number_of
from shuke.crm.channels.rules.parcels import ACCEPTED, DEFERRED, FAILED, NOT_STARTED, Handed, Parcel

# 21610: the person has answered STOP. 21211, 21614: no such number, or a landline.
_ADDRESS = {21211, 21214, 21217, 21610, 21612, 21614, 30003, 30005, 30006}
_ACCOUNT = {20003, 20005, 21606, 21608, 21705}
_BUSY = {20429, 14107, 30001, 30022}
_OVER = {"delivered": "delivered", "undelivered": "bounced", "failed": "bounced"}


class _Twilio(WithoutToken):
    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        said, text = self._setup.settings, parcel.content.text or parcel.content.body
        if not text.strip():
            raise BadContent("nothing to say", code="empty")
        form = {"To": number_of(parcel.address, is_chinese_form=False), "Body": text}
        sender = said["sender"]
        form["MessagingServiceSid" if sender.startswith("MG") else "From"] = sender
        # Receipts name no key of ours: it stands behind the address they come to.
        form["StatusCallback"] = f"{self._setup.hook_url}?key={quote(parcel.key)}"
        login = f"{said['account_sid']}:{self._setup.secrets['auth_token']}"
        headers = {
            "Authorization": "Basic " + b64encode(login.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
        }  # fmt: skip
        home = said.get("endpoint") or "https://api.twilio.com"
        url = f"{home.rstrip('/')}/2010-04-01/Accounts/{quote(said['account_sid'], safe='')}/Messages.json"
        return Request("POST", url, headers, urlencode(form).encode())

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        if said.get("sid") and status in {200, 201} and said.get("status") not in {"failed", "undelivered"}:
            segments = str(said.get("num_segments") or "0")
            return Handed(
                parcel.key, ACCEPTED, provider_id=str(said["sid"])[:160], code=str(said.get("status") or "")[:48],
                segments=int(segments) if segments.isdigit() else 0,
            )  # fmt: skip
        number = said.get("code") or said.get("error_code")
        if not isinstance(number, int):
            return None
        detail = str(said.get("message") or said.get("error_message") or "")[:200].replace(parcel.address, "…")
        if number in _BUSY:
            return Handed(parcel.key, DEFERRED, code=str(number), detail=detail, retry_after=60)
        if number in _ACCOUNT:
            return Handed(parcel.key, NOT_STARTED, code="login", detail=f"{number} {detail}"[:200], retry_after=300)
        return Handed(parcel.key, FAILED, code=str(number), detail=detail, is_address=number in _ADDRESS)


class Twilio:
    """Twilio's text messages."""

    code = "twilio"
    channel = "sms"
    label = _("Twilio SMS")
    icon = "message"
    text = _("Text messages outside mainland China, in free text.")
    capability = Capability("sms", max_chars=1600, has_receipts=True, has_replies=True)
    fields: tuple[Field, ...] = (
        Field("account_sid", _("Account SID")),
        Field("auth_token", _("Auth token"), is_secret=True),
        Field("sender", _("Sender"), _("A number such as +15005550006, or a messaging service (MG…).")),
        Field("endpoint", _("API address"), initial="https://api.twilio.com", is_required=False),
    )

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes messages to Twilio."""
        return HttpCarrier(_Twilio(setup))

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        sender = setup.settings.get("sender", "")
        is_known = sender.startswith(("MG", "+")) or sender.isalnum()
        return "" if is_known else _("A sender is a number with country code, or a messaging service.")

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Read a receipt or an answer, after its signature."""
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        expected = signatures.twilio(call.url, form, setup.secrets.get("auth_token", ""))
        if not hmac.compare_digest(expected.encode(), call.headers.get("x-twilio-signature", "").encode()):
            raise NotGenuine("a wrong signature")
        number, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
        if what := _OVER.get(status, ""):
            code = form.get("ErrorCode", "")
            heard = Heard(
                what, f"r:{number}:{status}", key=call.query.get("key", ""), provider_id=number,
                address=form.get("To", ""), code=code or status,
                is_permanent=code.isdigit() and int(code) in _ADDRESS,
            )  # fmt: skip
            return _answer(heard)
        if "Body" in form and form.get("From"):
            said = Heard("replied", f"up:{number}", address=form["From"], text=form["Body"], provider_id=number)
            return _answer(said)
        return _answer()


def _answer(*heard: Heard) -> Reply:
    """Answer in the way that sends nothing back to the person."""
    return Reply(heard, body="<Response></Response>", content_type="text/xml")


KIND = Twilio()
