"""WeChat Official Accounts: template and subscribe messages, and free text within 48 hours after somebody wrote."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadContent, ProviderUnavailable
from shuke.crm.channels.kinds.http import LOGIN, NO_ANSWER, HttpCarrier, Request, readable
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Heard, Reply, Setup
from shuke.crm.channels.kinds.wechat import callbacks
from shuke.crm.channels.kinds.wechat.tokens import TOKENS, Token
from shuke.crm.channels.rules.parcels import ACCEPTED, DEFERRED, FAILED, NOT_STARTED, Handed, Parcel
from shuke.platform.http.outgoing import ForbiddenAddress

HOME = "https://api.weixin.qq.com"
_STALE = {40001, 40014, 42001}
_ACCOUNT = {40013, 40125, 40164, 48001, 50002, 61024}
_ADDRESS = {40003, 43004, 43101, 46004}
# How long to wait after: busy, too many at once, a quota that begins anew the next day.
_LATER = {-1: 30, 45011: 60, 45047: 600, 45009: 3600}
_WINDOW = {45015: "window"}


def is_openid(address: str) -> bool:
    """Whether this can be an openid or an external user id.

    >>> is_openid("oABC-123_x"), is_openid("a b"), is_openid("")
    (True, False, False)
    """
    return 6 <= len(address) <= 128 and address.isascii() and address.replace("-", "").replace("_", "").isalnum()


def free_content(parcel: Parcel) -> dict[str, Any]:
    """Return what is said in free text. Raises ``BadContent``."""
    content = parcel.content
    if content.title and content.url:
        card = {"title": content.title, "description": content.body, "url": content.url, "picurl": content.image}
        return {"msgtype": "news", "news": {"articles": [card]}}
    text = content.text or "\n".join(part for part in (content.title, content.body, content.url) if part)
    if not text.strip():
        raise BadContent("nothing to say", code="empty")
    return {"msgtype": "text", "text": {"content": text}}


def fetched(client: httpx.Client, method: str, url: str, body: Mapping[str, str]) -> Token:
    """Fetch a token. Raises ``ProviderUnavailable``."""
    try:
        response = client.post(url, json=dict(body)) if method == "POST" else client.get(url, params=dict(body))
    except (httpx.HTTPError, httpx.InvalidURL, ForbiddenAddress) as away:
        code = "private_network" if isinstance(away, ForbiddenAddress) else NO_ANSWER
        raise ProviderUnavailable(type(away).__name__, code=code) from away
    said = readable(response)
    text, seconds = said.get("access_token"), said.get("expires_in")
    if not isinstance(text, str) or not text or not isinstance(seconds, int):
        code = LOGIN if said.get("errcode") not in {None, -1} or response.status_code in {401, 403} else NO_ANSWER
        raise ProviderUnavailable(f"{response.status_code} {said.get('errcode', '')}".strip(), code=code)
    return Token(text, seconds)


def judged(parcel: Parcel, said: Any, *, address: set[int], account: set[int]) -> Handed | None:
    """Return what an answer of WeChat means; None where it does not say."""
    number = said.get("errcode")
    if not isinstance(number, int):
        return None
    if number == 0:
        return Handed(parcel.key, ACCEPTED, provider_id=str(said.get("msgid") or "")[:160], code="0")
    detail = str(said.get("errmsg") or "")[:200].replace(parcel.address, "…")
    if number in _LATER:
        return Handed(parcel.key, DEFERRED, code=str(number), detail=detail, retry_after=_LATER[number])
    if number in account:
        return Handed(parcel.key, NOT_STARTED, code=LOGIN, detail=f"{number} {detail}"[:200], retry_after=300)
    return Handed(
        parcel.key, FAILED, code=_WINDOW.get(number, str(number)), detail=detail, is_address=number in address
    )  # fmt: skip


class _Official:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._home = (setup.settings.get("endpoint") or HOME).rstrip("/")
        self._used = self._refused = ""

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        if not is_openid(parcel.address):
            raise BadContent("no openid", code="bad_address")
        said = {"touser": parcel.address} | self._said(parcel)
        path = said.pop("path")
        self._used = TOKENS.get(self._name(), lambda: self._fetch(client), not_this=self._refused)
        body = json.dumps(said, ensure_ascii=False).encode()
        return Request(
            "POST", f"{self._home}{path}?access_token={self._used}", {"Content-Type": "application/json"}, body
        )

    def _said(self, parcel: Parcel) -> dict[str, Any]:
        content = parcel.content
        if not content.provider_code:
            return {"path": "/cgi-bin/message/custom/send"} | free_content(parcel)
        data = {name: {"value": value} for name, value in content.params.items()}
        if self._setup.settings.get("template_api") == "subscribe":
            said = {"template_id": content.provider_code, "data": data} | ({"page": content.url} if content.url else {})
            return {"path": "/cgi-bin/message/subscribe/bizsend"} | said
        return {
            "path": "/cgi-bin/message/template/send", "template_id": content.provider_code, "url": content.url, "data": data,
            "client_msg_id": parcel.key,
        }  # fmt: skip

    def _name(self) -> str:
        return f"{self._setup.account_id}:{self._home}:{self._setup.settings['app_id']}"

    def _fetch(self, client: httpx.Client) -> Token:
        body = {
            "grant_type": "client_credential", "appid": self._setup.settings["app_id"],
            "secret": self._setup.secrets["app_secret"],
        }  # fmt: skip
        # The stable kind: of several processes that ask at once each gets the same, and none ends the other's.
        return fetched(client, "POST", f"{self._home}/cgi-bin/stable_token", body)

    def is_stale(self, said: Any) -> bool:
        """Whether the token was refused; the next request then fetches another."""
        is_refused = said.get("errcode") in _STALE
        self._refused = self._used if is_refused else self._refused
        return is_refused

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        return judged(parcel, said, address=_ADDRESS, account=_ACCOUNT | _STALE)


class Official:
    """A WeChat Official Account."""

    code = "wechat_official"
    channel = "wechat_oa"
    label = _("WeChat Official Account")
    icon = "brand-wechat"
    text = _("Template or subscribe messages, and free text within 48 hours after somebody wrote.")
    capability = Capability(
        "wechat_oa", max_chars=600, hold_window=timedelta(hours=48), has_receipts=True, has_replies=True
    )
    fields: tuple[Field, ...] = (
        Field("app_id", _("AppID")),
        Field("app_secret", _("AppSecret"), is_secret=True),
        Field(
            "template_api", _("Kind of templates"), initial="template",
            choices=(("template", _("Template messages")), ("subscribe", _("Subscribe messages"))),
        ),
        Field("token", _("Token of calls"), _("As entered at WeChat, under server configuration."), is_secret=True),
        Field("aes_key", _("EncodingAESKey"), _("Empty: calls come in plain text."), is_secret=True, is_required=False),
        Field("endpoint", _("API address"), initial=HOME, is_required=False),
    )  # fmt: skip

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes messages to WeChat."""
        return HttpCarrier(_Official(setup))

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        key = setup.secrets.get("aes_key", "")
        return _("The EncodingAESKey has 43 characters.") if key and len(key) != 43 else ""

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Read results of template messages and what people write."""
        said, echo = callbacks.opened(
            call, token=setup.secrets.get("token", ""), aes_key=setup.secrets.get("aes_key", ""),
            receiver=setup.settings.get("app_id", ""), now=now,
        )  # fmt: skip
        if call.method == "GET":
            return Reply(body=echo)
        return Reply([heard for heard in (_heard(said),) if heard], body="success")


def _heard(said: Mapping[str, str]) -> Heard | None:
    address, at = said.get("FromUserName", ""), said.get("CreateTime", "")
    when = datetime.fromtimestamp(int(at), tz=UTC) if at.isdigit() and len(at) <= 10 else None
    if said.get("MsgType") == "text" and said.get("MsgId"):
        text = said.get("Content", "")
        return Heard("replied", f"up:{said['MsgId']}", address=address, text=text, occurred_at=when)
    number = said.get("MsgID") or said.get("MsgId") or ""
    if said.get("Event") == "TEMPLATESENDJOBFINISH" and number:
        status = said.get("Status", "")
        what = "delivered" if status == "success" else "bounced"
        return Heard(
            what, f"r:{number}", provider_id=number, address=address, code=status[:48], occurred_at=when
        )  # fmt: skip
    return None


KIND = Official()
