"""What every message says by itself, in the languages of templates. Pure: these are words of messages, not of pages."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "unsubscribe": "Unsubscribe", "preferences": "Your choices", "view": "Read in the browser",
        "code": "Your code", "until": "valid until", "look": "Have a look",
    },
    "zh-hans": {
        "unsubscribe": "退订", "preferences": "订阅设置", "view": "在浏览器中查看",
        "code": "您的优惠码", "until": "有效期至", "look": "去看看",
    },
}  # fmt: skip

# One of these has to stand in a marketing text message: how to refuse the next.
REFUSALS: Mapping[str, tuple[str, ...]] = {
    "zh-hans": ("拒收请回复R", "退订回T", "退订回N", "回T退订", "回R退订", "回TD退订"),
    "en": ("STOP", "Stop", "stop"),
}
USUAL_REFUSAL: Mapping[str, str] = {"zh-hans": "拒收请回复R", "en": "Reply STOP to opt out"}
