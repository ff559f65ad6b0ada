"""Templates to begin with, in both languages. Pure: what they say is for the reader's customers, not for pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shuke.crm.templates import rules

SHOP = "{{ company.url | default: 'https://example.com/' }}"
_HELLO = {
    "en": "Hello {{ customer.given_name | default: 'there' }},",
    "zh-hans": "{{ customer.name | default: '您' }}，您好！",
}


@dataclass(frozen=True, slots=True)
class Ready:
    """One template to begin with."""

    code: str
    channel: str
    purpose: str
    topic: str
    name: Mapping[str, str]
    documents: Mapping[str, Mapping[str, Any]]


def _letter(
    subject: str, preheader: str, heading: str, hello: str, text: str, *more: Mapping[str, Any]
) -> dict[str, Any]:
    blocks = [{"kind": "heading", "text": heading}, {"kind": "text", "text": f"{hello}\n\n{text}"}, *more]
    return {"subject": subject, "preheader": preheader, "blocks": [*blocks, {"kind": "footer"}]}


def _button(text: str, href: str = SHOP) -> dict[str, Any]:
    return {"kind": "button", "text": text, "href": href}


def _picks(kind: str, heading: str) -> dict[str, Any]:
    return {"kind": "recommendations", "list": kind, "heading": heading, "count": 3}


def _both(en: Mapping[str, Any], zh: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {"en": en, "zh-hans": zh}


_EN, _ZH = _HELLO["en"], _HELLO["zh-hans"]

READY: tuple[Ready, ...] = (
    Ready("welcome", rules.EMAIL, rules.MARKETING, "", {"en": "Welcome", "zh-hans": "欢迎新客"}, _both(
        _letter("Good to have you, {{ customer.given_name | default: 'and welcome' }}", "What we are about, and where to begin",
                "Welcome to {{ company.name }}", _EN,
                "good to have you with us. Here is what others who began like you went on to enjoy.",
                _picks("trending", "A good place to begin"), _button("Look around")),
        _letter("（广告）很高兴认识您", "我们是谁，从哪里开始", "欢迎来到{{ company.name }}", _ZH,
                "很高兴您的加入。和您一样新来的朋友，最常从这些开始：", _picks("trending", "人气之选"), _button("去逛逛")),
    )),
    Ready("news", rules.EMAIL, rules.MARKETING, "", {"en": "What is new, for you", "zh-hans": "为您挑选的新品"}, _both(
        _letter("Picked for you this week", "Three things we think you will like", "New, and probably yours", _EN,
                "we went through what has just come in and picked what goes with what you chose before.",
                _picks("discovery", "For you"), _button("See everything new")),
        _letter("（广告）本周为您挑选", "三样您可能会喜欢的", "上新了，也许正合您意", _ZH,
                "我们看过刚到的新品，按您以往的喜好挑了几样。", _picks("discovery", "为您推荐"), _button("查看全部新品")),
    )),
    Ready("again", rules.EMAIL, rules.MARKETING, "", {"en": "Time to buy again", "zh-hans": "该补货了"}, _both(
        _letter("Running low?", "What you usually order, one click away", "Time for more?", _EN,
                "your last order was {{ value.days_since_order | default: 'some' }} days ago. This is what you usually take.",
                _picks("repeat", "Your usual"), _button("Order again")),
        _letter("（广告）快用完了吗？", "您常买的，一键再来", "要再来一些吗？", _ZH,
                "距离您上次下单已有{{ value.days_since_order | default: '一段' }}天了。这些是您常买的：", _picks("repeat", "您常买的"),
                _button("再次购买")),
    )),
    Ready("winback", rules.EMAIL, rules.MARKETING, "", {"en": "We miss you (with a coupon)", "zh-hans": "好久不见（附优惠券）"}, _both(
        _letter("It has been a while", "Something to come back for", "We would like to see you again", _EN,
                "it has been a while. If something was not right, just answer this letter. And here is a small thank-you.",
                {"kind": "coupon", "text": "For your next order"}, _picks("discovery", "Since you were here"),
                _button("Come back in")),
        _letter("（广告）好久不见，送您一份心意", "给您留了一张券", "期待再见到您", _ZH,
                "好久不见了。如果上次有哪里不满意，直接回复这封邮件告诉我们。这是我们的一点心意：",
                {"kind": "coupon", "text": "下次购买可用"}, _picks("discovery", "您不在时上新的"), _button("回来看看")),
    )),
    Ready("cart", rules.EMAIL, rules.MARKETING, "", {"en": "Left in the cart", "zh-hans": "购物车提醒"}, _both(
        _letter("Still thinking it over?", "Your cart is as you left it", "Your cart is waiting", _EN,
                "you left something in your cart. We kept it for you.", {"kind": "products", "source": "event"},
                _button("Back to the cart", "{{ cart.url }}")),
        _letter("（广告）购物车里的宝贝还在等您", "我们为您保留着", "您的购物车还在", _ZH,
                "您有商品留在购物车里，我们为您保留着。", {"kind": "products", "source": "event"},
                _button("返回购物车", "{{ cart.url }}")),
    )),
    Ready("shipped", rules.EMAIL, rules.TRANSACTIONAL, "", {"en": "On its way", "zh-hans": "订单已发货"}, _both(
        _letter("Your order {{ order.number }} is on its way", "With {{ shipment.carrier | default: 'our carrier' }}",
                "On its way to you", _EN,
                "your order **{{ order.number }}** left us today.{% if shipment.number %} Its number is {{ shipment.number }}.{% endif %}"),
        _letter("您的订单 {{ order.number }} 已发货", "由{{ shipment.carrier | default: '物流公司' }}承运", "正在飞奔向您", _ZH,
                "您的订单 **{{ order.number }}** 今天已发出。{% if shipment.number %}运单号：{{ shipment.number }}。{% endif %}"),
    )),
    Ready("sms_sale", rules.SMS, rules.MARKETING, "", {"en": "Text message: news", "zh-hans": "短信：上新通知"}, _both(
        {"text": "{{ company.name }}: {{ customer.given_name | default: 'hello' }}, something new has come in. "
                 "{{ company.url | default: '' }} Reply STOP to opt out"},
        {"text": "【{{ company.signature }}】{{ customer.name | default: '亲' }}，新品已上架，欢迎选购。拒收请回复R"},
    )),
    Ready("wechat_news", rules.WECHAT_OA, rules.MARKETING, "", {"en": "WeChat: news", "zh-hans": "公众号：上新"}, _both(
        {"title": "New this week", "body": "{{ customer.given_name | default: 'Hello' }}, we picked something for you.", "url": SHOP},
        {"title": "本周上新", "body": "{{ customer.name | default: '您好' }}，为您挑了几样新品，点开看看。", "url": SHOP},
    )),
)  # fmt: skip
BY_CODE: Mapping[str, Ready] = {one.code: one for one in READY}


def blank(channel: str) -> dict[str, Any]:
    """Return the document to begin with when nothing else is wanted."""
    if channel == rules.EMAIL:
        return {"subject": "", "preheader": "", "blocks": [{"kind": "heading", "text": ""}, {"kind": "text", "text": ""},
                                                           {"kind": "footer"}]}  # fmt: skip
    return {}
