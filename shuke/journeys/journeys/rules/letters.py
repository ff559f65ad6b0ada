"""What the recipes say: each letter once in English and once in Chinese, as an e-mail and as a text message. Pure.

These are words of messages, not of pages: they become templates that the company changes as it likes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EN, ZH = "en", "zh-hans"
_REFUSAL = {EN: "Reply STOP to opt out", ZH: "拒收请回复R"}
_HELLO = {
    EN: "Hello{% if customer.given_name %} {{ customer.given_name }}{% endif %},",
    ZH: "{% if customer.given_name %}{{ customer.given_name }}，{% endif %}您好：",
}


@dataclass(frozen=True, slots=True)
class Words:
    """A letter in one language: subject and text of the e-mail, and the text message."""

    subject: str
    text: str
    short: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to say, with what it is for; ``picks`` is a list of recommendations that the e-mail shows."""

    en: Words
    zh: Words
    purpose: str = "marketing"
    picks: str = ""
    coupon: bool = False

    def said(self, language: str) -> Words:
        """Return it in a language."""
        return self.zh if language == ZH else self.en


def document(letter: Letter, channel: str, language: str) -> dict[str, Any]:
    """Return what a template of a channel holds."""
    said = letter.said(language)
    if channel == "sms":
        ending = f" {_REFUSAL[language]}" if letter.purpose == "marketing" else ""
        return {"text": said.short + ending}
    blocks: list[dict[str, Any]] = [
        {"kind": "heading", "text": said.subject},
        {"kind": "text", "text": f"{_HELLO[language]}\n\n{said.text}"},
    ]
    if letter.coupon:
        blocks.append({"kind": "coupon"})
    if letter.picks:
        blocks.append({"kind": "recommendations", "list": letter.picks, "count": 3})
    return {"subject": said.subject, "blocks": [*blocks, {"kind": "footer"}]}


def _letter(en: tuple[str, str, str], zh: tuple[str, str, str], **more: Any) -> Letter:
    return Letter(Words(*en), Words(*zh), **more)


LETTERS: Mapping[str, Letter] = {
    "welcome": _letter(
        ("Good to have you with us", "Thank you for joining us. Here is what other customers like most; if you have a question, simply answer this message.", "Welcome to {{ company.name }}! Thank you for joining us."),
        ("很高兴认识您", "感谢您的加入。下面是大家最喜欢的商品；如有疑问，直接回复即可。", "欢迎来到{{ company.name }}，感谢您的加入！"),
        picks="trending",
    ),
    "welcome_choice": _letter(
        ("A few things chosen for you", "You have been with us for some days. We chose a few things that may suit you.", "{{ company.name }}: we chose a few things that may suit you. Have a look in the shop."),
        ("为您挑选了几样", "您加入我们已有几天，我们为您挑选了几样可能合适的商品。", "{{ company.name }}为您挑选了几样合适的商品，欢迎到店里看看。"),
        picks="discovery",
    ),
    "cart": _letter(
        ("Your cart is waiting", "You left something in your cart. It is still there: take it up where you left off.", "{{ company.name }}: something is waiting in your cart."),
        ("购物车里还有您的宝贝", "您的购物车里还有商品没有结算，随时可以回来继续。", "{{ company.name }}：您的购物车里还有商品等您结算。"),
    ),
    "cart_last": _letter(
        ("Shall we keep it for you?", "Your cart is still there. If something held you back, tell us: we gladly help.", "{{ company.name }}: your cart is still there. Can we help?"),
        ("还需要为您保留吗？", "您的购物车还在。如果有什么顾虑，请告诉我们，我们乐意帮忙。", "{{ company.name }}：您的购物车还在，需要帮忙吗？"),
    ),
    "browse": _letter(
        ("Still thinking about it?", "You looked at some things lately. Here are some that go well with them.", "{{ company.name }}: still thinking about what you looked at? It is still here."),
        ("还在考虑吗？", "您最近看过一些商品，下面这些也许同样合适。", "{{ company.name }}：您看过的商品还在，欢迎再来看看。"),
        picks="discovery",
    ),
    "thanks": _letter(
        ("Thank you for your order", "Thank you for buying from us. Some hints for the first days: keep the packaging until you are sure, and write to us at once if anything is amiss.", "{{ company.name }}: thank you for your order. Write to us if anything is amiss."),
        ("感谢您的购买", "感谢您的购买。使用小提示：确认满意前请保留包装；如有任何问题请立即联系我们。", "{{ company.name }}：感谢您的购买，如有问题请随时联系我们。"),
        purpose="service",
    ),
    "review": _letter(
        ("How do you like it?", "You have had your order for some days. Two sentences about it help other customers, and us.", "{{ company.name }}: how do you like your order? Two sentences help others."),
        ("您还满意吗？", "您收到商品已有几天，写两句评价能帮助其他顾客，也帮助我们改进。", "{{ company.name }}：您对商品还满意吗？欢迎写两句评价。"),
    ),
    "cross": _letter(
        ("This goes well with what you bought", "Customers who bought what you did also like these.", "{{ company.name }}: we found what goes well with your last order."),
        ("与您所购商品很搭", "买过相同商品的顾客也喜欢这些。", "{{ company.name }}：为您找到与上次购买很搭的商品。"),
        picks="discovery",
    ),
    "replenish": _letter(
        ("Is it running out?", "By our reckoning something you buy again and again may run out soon.", "{{ company.name }}: running low? Order in time what you buy again and again."),
        ("快用完了吗？", "按您的购买习惯推算，您常买的商品可能快用完了。", "{{ company.name }}：您常买的商品可能快用完了，记得及时补货。"),
        picks="repeat",
    ),
    "winback": _letter(
        ("We have not seen you for a while", "It has been a while since your last order. Here is what is new and may suit you.", "{{ company.name }}: we have not seen you for a while. Have a look at what is new."),
        ("好久不见", "距离您上次购买已有一段时间，这里有可能适合您的新品。", "{{ company.name }}：好久不见，来看看有什么新品吧。"),
        picks="discovery",
    ),
    "winback_last": _letter(
        ("Did we do something wrong?", "If something was not right, we would like to hear it: answer this message, and a person will read it.", "{{ company.name }}: did we do something wrong? Tell us; a person will read it."),
        ("是我们哪里做得不好吗？", "如果有不满意的地方，请告诉我们：直接回复，会有专人阅读。", "{{ company.name }}：是我们哪里做得不好吗？请告诉我们，会有专人阅读。"),
    ),
    "vip": _letter(
        ("Thank you for your loyalty", "You are one of our best customers. If there is anything we can do for you, answer this message: it comes to a person who knows your orders.", "{{ company.name }}: you are one of our best customers. Thank you!"),
        ("感谢您一直以来的支持", "您是我们最重要的顾客之一。如有任何需要，直接回复即可，会有熟悉您订单的专人处理。", "{{ company.name }}：感谢您一直以来的支持，有需要随时联系专属客服。"),
        purpose="service",
    ),
    "birthday": _letter(
        ("Happy birthday!", "All of us wish you a happy birthday and a good year.", "{{ company.name }} wishes you a happy birthday!"),
        ("生日快乐！", "我们全体祝您生日快乐，万事顺意。", "{{ company.name }}祝您生日快乐！"),
    ),
    "member_day": _letter(
        ("It is members' day", "Today is our members' day. Here is what we chose for you.", "{{ company.name }}: today is members' day. Have a look in the shop."),
        ("会员日到了", "今天是会员日，这是为您挑选的商品。", "{{ company.name }}会员日到了，欢迎选购。"),
        picks="discovery",
    ),
    "spring": _letter(
        ("A happy new year", "We wish you and your family a happy Spring Festival. Parcels rest over the holiday: order in time.", "{{ company.name }} wishes you a happy Spring Festival! Order in time: parcels rest over the holiday."),
        ("恭贺新春", "祝您和家人新春快乐、阖家幸福。节日期间快递停运，请提前下单。", "{{ company.name }}恭贺新春！节日期间快递停运，请提前下单。"),
    ),
    "autumn": _letter(
        ("A happy Mid-Autumn Festival", "We wish you and your family a happy Mid-Autumn Festival.", "{{ company.name }} wishes you a happy Mid-Autumn Festival!"),
        ("中秋快乐", "祝您和家人中秋快乐、阖家团圆。", "{{ company.name }}祝您中秋快乐、阖家团圆！"),
    ),
    "sale": _letter(
        ("The sale begins soon", "The sale begins soon. Here is what we would put into your cart.", "{{ company.name }}: the sale begins soon. Put what you like into your cart now."),
        ("大促即将开始", "大促即将开始，这是我们为您挑选的加购清单。", "{{ company.name }}：大促即将开始，喜欢的先加入购物车吧。"),
        picks="discovery",
    ),
    "christmas": _letter(
        ("In time for Christmas", "If it is to be under the tree, order in these days. Some ideas:", "{{ company.name }}: order in these days if it is to be under the tree."),
        ("圣诞好礼", "圣诞将至，现在下单正好赶上。给您几个灵感：", "{{ company.name }}：圣诞将至，现在下单正好赶上。"),
        picks="discovery",
    ),
    "recovered": _letter(
        ("We are sorry", "You returned something. We have the refund in hand. If anything was wrong with it, tell us, so that we do better.", "{{ company.name }}: your refund is in hand. Tell us if anything was wrong."),
        ("很抱歉给您带来不便", "您的退款正在处理。如果商品有问题，请告诉我们，我们会改进。", "{{ company.name }}：您的退款正在处理，如有问题请告诉我们。"),
        purpose="service",
    ),
    "second": _letter(
        ("What would you like next?", "Thank you again for your first order. These may suit you next.", "{{ company.name }}: thank you for your first order. Have a look at what may suit you next."),
        ("下一件买什么？", "再次感谢您的首次购买，下面这些也许适合您。", "{{ company.name }}：感谢您的首次购买，看看还有什么适合您。"),
        picks="discovery",
    ),
}  # fmt: skip
