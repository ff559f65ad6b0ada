"""The providers of each channel, each a folder with one ``KIND``; and what a channel can usually carry."""

from datetime import timedelta

from shuke.crm.channels.kinds.anymail import IS_INSTALLED as _HAS_ANYMAIL
from shuke.crm.channels.kinds.anymail import KIND as _ANYMAIL
from shuke.crm.channels.kinds.email import KIND as _SMTP
from shuke.crm.channels.kinds.kind import Capability, Kind
from shuke.crm.channels.kinds.onsite import KIND as _ONSITE
from shuke.crm.channels.kinds.push import KIND as _PUSH
from shuke.crm.channels.kinds.sms.aliyun import KIND as _ALIYUN
from shuke.crm.channels.kinds.sms.tencent import KIND as _TENCENT
from shuke.crm.channels.kinds.sms.twilio import KIND as _TWILIO
from shuke.crm.channels.kinds.webhook import KIND as _WEBHOOK
from shuke.crm.channels.kinds.wechat.official import KIND as _OFFICIAL
from shuke.crm.channels.kinds.wechat.wecom import KIND as _WECOM

_ALL: tuple[Kind, ...] = (_SMTP, _ALIYUN, _TENCENT, _TWILIO, _OFFICIAL, _WECOM, _PUSH, _ONSITE, _WEBHOOK)
KINDS: dict[str, Kind] = {kind.code: kind for kind in (*_ALL, *([_ANYMAIL] if _HAS_ANYMAIL else []))}

# What an account without a provider shows its messages as.
TEST = "test"
USUAL: dict[str, Capability] = {
    one.channel: one
    for one in (
        Capability("email", has_subject=True, is_html=True),
        Capability("sms", max_chars=500),
        Capability("wechat_oa", max_chars=600, hold_window=timedelta(hours=48)),
        Capability("wecom", max_chars=600),
        Capability("push", max_chars=240, has_title=True),
        Capability("onsite", max_chars=500, has_title=True),
        Capability("webhook", has_title=True),
    )
}
CHANNELS: tuple[str, ...] = tuple(USUAL)
