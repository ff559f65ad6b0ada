"""WeCom (企业微信): customer service messages to people on WeChat, within 48 hours after they wrote."""

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadContent
from shuke.crm.channels.kinds.http import HttpCarrier, Request
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Reply, Setup
from shuke.crm.channels.kinds.wechat import callbacks
from shuke.crm.channels.kinds.wechat.official import fetched, is_openid, judged
from shuke.crm.channels.kinds.wechat.tokens import TOKENS, Token
from shuke.crm.channels.rules.parcels import Handed, Parcel

HOME = "https://qyapi.weixin.qq.com"
_STALE = {40014, 42001}
_ACCOUNT = {40001, 40013, 40056, 60020, 48002, 95000}
_ADDRESS = {40003, 95004, 40096}
_MOST_KEY = 32


class _Wecom:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._home = (setup.settings.get("endpoint") or HOME).rstrip("/")
        self._used = self._refused = ""

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        if not is_openid(parcel.address):
            raise BadContent("no user id", code="bad_address")
        text = parcel.content.text or "\n".join(
            part for part in (parcel.content.title, parcel.content.body, parcel.content.url) if part
        )
        if not text.strip():
            raise BadContent("nothing to say", code="empty")
        said = {
            "touser": parcel.address, "open_kfid": self._setup.settings["open_kfid"], "msgid": parcel.key[:_MOST_KEY],
            "msgtype": "text", "text": {"content": text},
        }  # fmt: skip
        name = f"{self._setup.account_id}:{self._home}:{self._setup.settings['corp_id']}"
        self._used = TOKENS.get(name, lambda: self._fetch(client), not_this=self._refused)
        url = f"{self._home}/cgi-bin/kf/send_msg?access_token={self._used}"
        return Request("POST", url, {"Content-Type": "application/json"}, json.dumps(said, ensure_ascii=False).encode())

    def _fetch(self, client: httpx.Client) -> Token:
        said = {"corpid": self._setup.settings["corp_id"], "corpsecret": self._setup.secrets["corp_secret"]}
        return fetched(client, "GET", f"{self._home}/cgi-bin/gettoken", said)

    def is_stale(self, said: Any) -> bool:
        """Whether the token was refused; the next request then fetches another."""
        is_refused = said.get("errcode") in _STALE
        self._refused = self._used if is_refused else self._refused
        return is_refused

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        return judged(parcel, said, address=_ADDRESS, account=_ACCOUNT | _STALE)


class Wecom:
    """Customer service of WeCom."""

    code = "wecom_service"
    channel = "wecom"
    label = _("WeCom customer service")
    icon = "brand-wechat"
    text = _("Free text to people on WeChat, within 48 hours after they wrote.")
    capability = Capability("wecom", max_chars=600, hold_window=timedelta(hours=48))
    fields: tuple[Field, ...] = (
        Field("corp_id", _("Corp ID")),
        Field("corp_secret", _("Secret of the application"), is_secret=True),
        Field("open_kfid", _("Customer service account"), _("Begins with wk or kf.")),
        Field("token", _("Token of calls"), is_secret=True, is_required=False),
        Field("aes_key", _("EncodingAESKey"), is_secret=True, is_required=False),
        Field("endpoint", _("API address"), initial=HOME, is_required=False),
    )

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes messages to WeCom."""
        return HttpCarrier(_Wecom(setup))

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        key = setup.secrets.get("aes_key", "")
        return _("The EncodingAESKey has 43 characters.") if key and len(key) != 43 else ""

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Check a call and answer it. WeCom only says that there is something to fetch, not what."""
        _said, echo = callbacks.opened(
            call, token=setup.secrets.get("token", ""), aes_key=setup.secrets.get("aes_key", ""),
            receiver=setup.settings.get("corp_id", ""), now=now,
        )  # fmt: skip
        return Reply(body=echo if call.method == "GET" else "success")


KIND = Wecom()
