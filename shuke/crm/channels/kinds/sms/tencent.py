"""Text messages through Tencent Cloud (SMS 2021-01-11): a registered signature, a registered template and its parameters."""

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
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

_BUSY = ("LimitExceeded.", "InternalError", "RequestLimitExceeded", "FailedOperation.JsonParseFail")
_ACCOUNT = (
    "FailedOperation.InsufficientBalanceInSmsPackage",
    "AuthFailure",
    "UnauthorizedOperation",
    "UnsupportedOperation.Un",
)
_ADDRESS = ("InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberInBlacklist")


class _Tencent(WithoutToken):
    def __init__(self, setup: Setup, clock: Callable[[], datetime]) -> None:
        self._setup, self._clock = setup, clock

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        said, content, at = self._setup.settings, parcel.content, self._clock()
        if not content.provider_code:
            raise BadContent("a registered template is needed", code="no_template")
        body = json.dumps(
            {
                "PhoneNumberSet": [number_of(parcel.address, is_chinese_form=False)], "SmsSdkAppId": said["app_id"],
                "TemplateId": content.provider_code, "SignName": said["sign_name"],
                "TemplateParamSet": [str(value) for value in content.params.values()], "SessionContext": parcel.key,
            }
        ).encode()  # fmt: skip
        url = httpx.URL(said.get("endpoint") or "https://sms.tencentcloudapi.com")
        host = url.netloc.decode()
        headers = {
            "Content-Type": "application/json", "Host": host, "X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11",
            "X-TC-Region": said.get("region") or "ap-guangzhou", "X-TC-Timestamp": str(int(at.timestamp())),
        }  # fmt: skip
        headers["Authorization"] = signatures.tc3(
            service="sms", host=host, content_type="application/json", body=body, at=at, key_id=said["key_id"],
            secret=self._setup.secrets["key_secret"],
        )  # fmt: skip
        return Request("POST", f"{url.scheme}://{host}/", headers, body)

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        response = said.get("Response")
        if not isinstance(response, dict):
            return None
        # An error of the whole request, or the status of the one number in it.
        each = response.get("SendStatusSet")
        answer = response.get("Error") or (each[0] if isinstance(each, list) and each else None)
        if not isinstance(answer, dict):
            return None
        code = str(answer.get("Code") or "")
        if code == "Ok":
            return Handed(
                parcel.key, ACCEPTED, provider_id=str(answer.get("SerialNo") or "")[:160], code="Ok",
                segments=int(answer.get("Fee") or 0),
            )  # fmt: skip
        detail = str(answer.get("Message") or "")[:200].replace(parcel.address, "…")
        if code.startswith(_BUSY):
            return Handed(parcel.key, DEFERRED, code=code[:48], detail=detail, retry_after=60)
        if code.startswith(_ACCOUNT):
            return Handed(parcel.key, NOT_STARTED, code="login", detail=f"{code} {detail}"[:200], retry_after=300)
        return Handed(parcel.key, FAILED, code=code[:48], detail=detail, is_address=code.startswith(_ADDRESS))


class Tencent:
    """Tencent Cloud's text messages."""

    code = "tencent"
    channel = "sms"
    label = _("Tencent Cloud SMS")
    icon = "message"
    text = _("Text messages in mainland China with registered signatures and templates.")
    capability = Capability("sms", max_chars=500, needs_template_code=True, has_receipts=True, has_replies=True)
    fields: tuple[Field, ...] = (
        Field("key_id", _("SecretId")),
        Field("key_secret", _("SecretKey"), is_secret=True),
        Field("app_id", _("SdkAppId")),
        Field("sign_name", _("Signature"), _("As registered, without 【】.")),
        Field("region", _("Region"), initial="ap-guangzhou", is_required=False),
        Field(
            "callback_key", _("Key of callbacks"),
            _("Put it behind the address that Tencent calls, as ?key=…: reports without it are refused."), is_secret=True,
            is_required=False,
        ),
        Field("endpoint", _("API address"), initial="https://sms.tencentcloudapi.com", is_required=False),
    )  # fmt: skip

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes messages to Tencent."""
        return HttpCarrier(_Tencent(setup, utcnow))

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        return _("A signature is entered without 【】.") if "【" in setup.settings.get("sign_name", "") else ""

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Read delivery reports and answers that Tencent posts as JSON."""
        key = setup.secrets.get("callback_key", "")
        if call.method != "POST" or (key and not hmac.compare_digest(call.query.get("key", "").encode(), key.encode())):
            raise NotGenuine("without the key of callbacks")
        return Reply(
            [heard for one in items(call.body) for heard in _said(one)], body='{"result":0,"errmsg":"OK"}',
            content_type="application/json",
        )  # fmt: skip


def _said(one: Mapping[str, Any]) -> list[Heard]:
    address = f"+{one.get('nationcode') or '86'}{one.get('mobile') or ''}"
    if "report_status" in one:
        is_good = one["report_status"] == "SUCCESS"
        code = str(one.get("errmsg") or "")
        return [
            Heard(
                "delivered" if is_good else "bounced", f"r:{one.get('sid')}:{is_good}",
                key=str(one.get("ext") or ""), provider_id=str(one.get("sid") or ""), address=address, code=code[:48],
                detail=str(one.get("description") or "")[:200], is_permanent=code in {"MN:0001", "NULL"},
                occurred_at=moment(one.get("user_receive_time"), china_time),
            )
        ]  # fmt: skip
    if "text" in one:
        number = sha256(json.dumps(one, sort_keys=True).encode()).hexdigest()[:40]
        at = one.get("time")
        when = datetime.fromtimestamp(at, tz=china_time) if isinstance(at, int) and 0 < at < 4e9 else None
        return [Heard("replied", f"up:{number}", address=address, text=str(one["text"]), occurred_at=when)]
    return []


KIND = Tencent()
