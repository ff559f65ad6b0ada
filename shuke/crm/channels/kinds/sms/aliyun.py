"""Text messages through Aliyun (Dysmsapi 2017-05-25): a registered signature, a registered template and its parameters."""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadContent, NotGenuine
from shuke.crm.channels.kinds.http import HttpCarrier, Request, WithoutToken
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Heard, Reply, Setup
from shuke.crm.channels.kinds.sms import signatures
from shuke.crm.channels.kinds.sms.calls import china_time, items, moment, number_of
from shuke.crm.channels.rules.parcels import ACCEPTED, DEFERRED, FAILED, NOT_STARTED, Handed, Parcel
from shuke.kernel.clock import utcnow

_BUSY = ("isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "Throttling", "isp.GATEWAY_ERROR", "ServiceUnavailable")
_ACCOUNT = (
    "isv.AMOUNT_NOT_ENOUGH", "isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL", "isv.OUT_OF_SERVICE", "isv.PRODUCT_UN",
    "isp.RAM_PERMISSION_DENY", "SignatureDoesNotMatch", "InvalidAccessKeyId", "Forbidden", "isv.DENY_IP",
)  # fmt: skip
_ADDRESS = ("isv.MOBILE_NUMBER_ILLEGAL",)


class _Aliyun(WithoutToken):
    def __init__(self, setup: Setup, clock: Callable[[], datetime], nonce: Callable[[], str]) -> None:
        self._setup, self._clock, self._nonce = setup, clock, nonce

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        said, content = self._setup.settings, parcel.content
        if not content.provider_code:
            raise BadContent("a registered template is needed", code="no_template")
        query = {
            "PhoneNumbers": number_of(parcel.address), "SignName": said["sign_name"], "TemplateCode": content.provider_code,
            "OutId": parcel.key,
        }  # fmt: skip
        if content.params:
            query["TemplateParam"] = json.dumps(dict(content.params), ensure_ascii=False, separators=(",", ":"))
        url = httpx.URL(said.get("endpoint") or "https://dysmsapi.aliyuncs.com")
        headers = {
            "host": url.netloc.decode(), "x-acs-action": "SendSms", "x-acs-version": "2017-05-25",
            "x-acs-date": self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self._nonce(), "x-acs-content-sha256": sha256(b"").hexdigest(),
            "accept": "application/json",
        }  # fmt: skip
        authorization = signatures.acs3(
            method="POST", path="/", query=query, headers=headers, body=b"", key_id=said["key_id"],
            secret=self._setup.secrets["key_secret"],
        )  # fmt: skip
        address = f"{url.scheme}://{url.netloc.decode()}/?{signatures.query_string(query)}"
        return Request("POST", address, headers | {"Authorization": authorization})

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        code = str(said.get("Code") or "")
        if not code:
            return None
        if code == "OK":
            return Handed(parcel.key, ACCEPTED, provider_id=str(said.get("BizId") or "")[:160], code="OK")
        detail = str(said.get("Message") or "")[:200].replace(parcel.address, "…")
        if code.startswith(_BUSY):
            return Handed(parcel.key, DEFERRED, code=code[:48], detail=detail, retry_after=60)
        if code.startswith(_ACCOUNT):
            return Handed(parcel.key, NOT_STARTED, code="login", detail=f"{code} {detail}"[:200], retry_after=300)
        return Handed(parcel.key, FAILED, code=code[:48], detail=detail, is_address=code.startswith(_ADDRESS))


class Aliyun:
    """Aliyun's text messages."""

    code = "aliyun"
    channel = "sms"
    label = _("Aliyun SMS")
    icon = "message"
    text = _("Text messages in mainland China with registered signatures and templates.")
    capability = Capability("sms", max_chars=500, needs_template_code=True, has_receipts=True, has_replies=True)
    fields: tuple[Field, ...] = (
        Field("key_id", _("AccessKey ID")),
        Field("key_secret", _("AccessKey secret"), is_secret=True),
        Field("sign_name", _("Signature"), _("As registered, without 【】.")),
        Field("endpoint", _("API address"), initial="https://dysmsapi.aliyuncs.com", is_required=False),
    )

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes messages to Aliyun."""
        return HttpCarrier(_Aliyun(setup, utcnow, lambda: secrets.token_hex(16)))

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        return _("A signature is entered without 【】.") if "【" in setup.settings.get("sign_name", "") else ""

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Read delivery reports (SmsReport) and answers (SmsUp) that Aliyun posts as a list of JSON objects.

        Aliyun signs them in no way: the address they come to, which nobody can guess, is the proof.
        """
        if call.method != "POST":
            raise NotGenuine("not a report")
        return Reply(
            [heard for one in items(call.body) for heard in _said(one)], body='{"code":0,"msg":"ok"}',
            content_type="application/json",
        )  # fmt: skip


def _said(one: Mapping[str, Any]) -> list[Heard]:
    address = str(one.get("phone_number") or "")
    address = f"+86{address}" if len(address) == 11 else f"+{address}"
    if "content" in one and "biz_id" not in one:
        at = moment(one.get("send_time"), china_time)
        number = f"up:{one.get('sequence_id') or ''}:{address[-4:]}:{one.get('send_time')}"
        return [Heard("replied", number, address=address, text=str(one["content"]), occurred_at=at)]
    if not one.get("biz_id"):
        return []
    is_good = one.get("success") is True or str(one.get("success")).lower() == "true"
    code = str(one.get("err_code") or "")
    return [
        Heard(
            "delivered" if is_good else "bounced", f"r:{one['biz_id']}:{address[-8:]}:{is_good}",
            key=str(one.get("out_id") or ""), provider_id=str(one["biz_id"]), address=address, code=code,
            detail=str(one.get("err_msg") or "")[:200], is_permanent=code in {"MOBILE_NOT_ON_SERVICE", "MOBILE_SEND_LIMIT_0"},
            occurred_at=moment(one.get("report_time"), china_time),
        )
    ]  # fmt: skip


KIND = Aliyun()
