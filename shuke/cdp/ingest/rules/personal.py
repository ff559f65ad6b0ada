"""What must not travel on: e-mail and postal addresses, phones, ips and names, wherever an event carries them.

The log and the warehouse hold no direct identifier. What says who somebody is goes to their contact points when it stands
among the traits, and otherwise stays in the sealed inbox; a marker takes its place, so that one sees that it was there.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

EMAIL, PHONE, IP, NAME, ADDRESS, SECRET, BIRTH, TEXT = (
    "[email]", "[phone]", "[ip]", "[name]", "[address]", "[secret]", "[birthday]", "[text]",
)  # fmt: skip
# What people say in their own words may say anything about them: it goes to who keeps texts, never into the log.
OWN_WORDS = {"Product Reviewed": ("review_body",)}
_PLACES = frozenset({"city", "state", "region", "province", "country", "countrycode", "城市", "省份", "国家"})

_AT = r"(?:@|＠|%40)"
_EMAIL = re.compile(
    rf"[^\s@＠<>,;:\"'()\[\]{{}}=&?/|]{{1,64}}{_AT}[^\s@＠<>,;:\"'()\[\]{{}}=&?/|]+\.[^\s@＠<>,;:\"'()\[\]{{}}=&?/|]{{2,}}"
)
_BEFORE, _AFTER = r"(?<![0-9A-Za-z_.\-/])", r"(?![0-9A-Za-z_]|[.\-]\d)"
_MOBILE = r"(?:(?:\+|00)?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}"
_INTERNATIONAL = r"(?:\+|%2B|00)[1-9]\d{0,2}[\s().\-]{0,2}(?:\d[\s().\-]{0,2}){6,11}\d"
_NATIONAL = (
    r"\(0\d{1,4}\)[\s.\-]?\d{3,4}[\s.\-]?\d{3,4}|0\d{1,4}[\s.\-]\d{3,4}[\s.\-]?\d{3,4}|"
    r"\(\d{3}\)\s?\d{3}[\s.\-]\d{4}|[2-9]\d{2}-\d{3}-\d{4}"
)
_PHONE_SURE = re.compile(rf"(?<![0-9A-Za-z_.])(?:{_INTERNATIONAL}){_AFTER}")
_PHONE_LIKELY = re.compile(rf"{_BEFORE}(?:{_MOBILE}|{_NATIONAL}){_AFTER}")
_PHONE_ALONE = re.compile(r"0[1-9]\d{8,9}|\d{3}[\s.\-]\d{3}[\s.\-]\d{4}")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP = re.compile(
    rf"(?<![\d.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\d.])|"
    r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){5,7}[0-9A-Fa-f]{1,4}(?![\w:])|"
    r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f]{1,4}:){0,5}[0-9A-Fa-f]{1,4}(?![\w:])"
)
# Cheap: a text without any of these cannot hold what the patterns above look for.
_SUSPICIOUS = re.compile(r"[@＠]|%40|\d[\d\s().\-]{5,}\d|(?:\d{1,3}\.){3}\d|[0-9A-Fa-f]:[0-9A-Fa-f:]*:", re.IGNORECASE)
_CHINESE_MOBILES = range(13_000_000_000, 20_000_000_000)

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (EMAIL, ("email", "e邮箱", "邮箱", "邮件地址", "mailaddress")),
    (PHONE, ("phone", "mobile", "telephone", "手机", "电话", "whatsapp", "msisdn", "联系方式")),
    (SECRET, ("password", "passwd", "creditcard", "cardnumber", "身份证", "idcard", "passport", "银行卡", "ssn")),
    (ADDRESS, ("address", "street", "postcode", "postalcode", "zipcode", "地址", "邮编")),
    (NAME, ("firstname", "lastname", "fullname", "surname", "givenname", "familyname", "middlename", "nickname",
            "username", "displayname", "customername", "realname", "contactname", "buyername", "receivername",
            "recipient", "consignee", "cardholder", "姓名", "收货人", "收件人", "昵称", "联系人", "真实姓名", "receiver")),
    (BIRTH, ("birthday", "birthdate", "dateofbirth", "生日", "出生日期")),
)  # fmt: skip
_EXACT = {
    "tel": PHONE, "cell": PHONE, "mail": EMAIL, "ip": IP, "ipaddress": IP, "clientip": IP, "remoteaddr": IP, "zip": ADDRESS,
    "xforwardedfor": IP, "realip": IP, "userip": IP, "dob": BIRTH, "pwd": SECRET, "cvv": SECRET, "cvc": SECRET,
    "buyer": NAME, "contact": NAME, "payer": NAME, "shippingname": NAME, "billingname": NAME, "deliveryname": NAME,
}  # fmt: skip
# Numbers of things: eleven digits there are no telephone.
_THINGS = (
    "product", "sku", "order", "cart", "checkout", "list", "promotion", "coupon", "wishlist", "review", "variant",
    "session", "group", "category", "transaction", "campaign", "item", "barcode", "ean", "upc", "gtin", "shipment",
    "tracking", "invoice", "batch", "商品", "订单",
)  # fmt: skip
_THING_ALONE = frozenset({"id", "position", "timestamp", "time", "total", "revenue", "value", "price"})
_URLS = frozenset({
    "url", "referrer", "referer", "taburl", "initialreferrer", "href", "link", "search", "landingpage", "imageurl", "path",
})  # fmt: skip
# Of the query of an address only what says where somebody came from, or what they looked for, is kept.
_KEPT_QUERY = frozenset({
    "q", "query", "keyword", "search", "s", "page", "category", "sort", "ref", "source", "medium", "campaign", "aff",
    "affiliate", "gclid", "fbclid", "msclkid", "ttclid", "variant", "color", "size", "id", "product_id", "sku",
})  # fmt: skip


@lru_cache(maxsize=20_000)
def plain_key(key: str) -> str:
    """Return a property's name in the form in which names are compared.

    >>> plain_key("shipping_Address-1")
    'shippingaddress1'
    """
    return "".join(char for char in key.lower() if char.isalnum())


@lru_cache(maxsize=20_000)
def kind_of(key: str) -> str:
    """Return what a property of that name holds about a person, as its marker; "" for nothing.

    >>> kind_of("customer_email"), kind_of("first_name"), kind_of("name"), kind_of("收货地址")
    ('[email]', '[name]', '', '[address]')
    """
    plain = plain_key(key)
    if found := _EXACT.get(plain):
        return found
    return next((marker for marker, words in _WORDS if any(word in plain for word in words)), "")


@lru_cache(maxsize=20_000)
def _is_number_of_thing(key: str) -> bool:
    plain = plain_key(key)
    return plain in _THING_ALONE or any(word in plain for word in _THINGS)


def cleaned(value: Any, *, names: Collection[str] = (), key: str = "") -> Any:
    """Return a value with whatever says who somebody is replaced by markers. ``names`` are people named elsewhere.

    >>> cleaned({"order_id": "13912345678", "note": "call 13912345678", "email": "ada@example.com"})
    {'order_id': '13912345678', 'note': 'call [phone]', 'email': '[email]'}
    >>> cleaned({"shipping_address": {"street": "1 High St", "city": "Bath"}})
    {'shipping_address': {'street': '[address]', 'city': 'Bath'}}
    """
    if isinstance(value, str):
        return _text(value, key, names)
    if isinstance(value, dict):
        return _object(value, names, is_address=kind_of(key) == ADDRESS)
    if isinstance(value, list):
        return [cleaned(inner, names=names, key=key) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    return _number(value, key)


def without_words(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of an event of that name, with a marker in place of what somebody says in their own words.

    >>> without_words("Product Reviewed", {"review_body": "Lovely", "rating": 5})
    {'review_body': '[text]', 'rating': 5}
    """
    own = [key for key in OWN_WORDS.get(name, ()) if properties.get(key) not in (None, "")]
    return {**properties, **dict.fromkeys(own, TEXT)} if own else properties


def _object(value: dict[str, Any], names: Collection[str], *, is_address: bool) -> dict[str, Any]:
    if is_address:
        return {
            key: cleaned(inner, names=names, key=key) if plain_key(key) in _PLACES else ADDRESS
            for key, inner in value.items()
        }
    return {
        (_text(key, "", names) if _SUSPICIOUS.search(key) else key): cleaned(inner, names=names, key=key)
        for key, inner in value.items()
    }


def _number(value: Any, key: str) -> Any:
    kind = kind_of(key)
    if kind in (PHONE, SECRET) and abs(value) >= 100_000:
        return kind
    if kind in (ADDRESS, BIRTH):
        return kind
    if isinstance(value, int) and value in _CHINESE_MOBILES and not _is_number_of_thing(key):
        return PHONE
    return value


def _text(text: str, key: str, names: Collection[str]) -> str:
    if not text:
        return text
    if kind := kind_of(key):
        if kind == PHONE:  # "mobile": "iPhone 15" is not a number
            return PHONE if sum(char.isdigit() for char in text) >= 6 else text
        return kind if plain_key(key) not in _PLACES else text
    if text in names:
        return NAME
    return _remembered(text, key) if len(text) <= _REMEMBERED_CHARS else _scrubbed(text, key)


def _scrubbed(text: str, key: str) -> str:
    plain = plain_key(key)
    if plain in _URLS:
        text = address_cleaned(text)
    if not _SUSPICIOUS.search(text):
        return text
    return _without_patterns(text, is_thing=_is_number_of_thing(key), may_be_ip="version" not in plain)


# Events say the same things again and again: names of products, addresses of pages, languages.
_REMEMBERED_CHARS = 300
_remembered = lru_cache(maxsize=20_000)(_scrubbed)


def _without_patterns(text: str, *, is_thing: bool, may_be_ip: bool) -> str:
    text = _EMAIL.sub(EMAIL, text)
    if may_be_ip:
        text = _IP.sub(IP, text)
    text = _PHONE_SURE.sub(PHONE, text)
    if is_thing:
        return text
    return PHONE if _PHONE_ALONE.fullmatch(text) else _PHONE_LIKELY.sub(PHONE, text)


@lru_cache(maxsize=5_000)
def address_cleaned(url: str) -> str:
    """Return a web address without what may say who looked: log-in, fragment and unknown parts of the query.

    >>> address_cleaned("https://ada:x@shop.example/a?utm_source=wx&token=abc&name=Ada#me")
    'https://shop.example/a?utm_source=wx'
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = [
            pair for pair in parse_qsl(parts.query) if pair[0].startswith("utm_") or pair[0].lower() in _KEPT_QUERY
        ]
    except ValueError:
        return ""
    if not parts.query and not parts.fragment and host == parts.netloc:
        return url
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, quote_via=quote_plus), ""))


def is_contact(value: str) -> str:
    """Whether a user id is really an e-mail address or a phone number: returns that marker, or "".

    >>> is_contact("ada@example.com"), is_contact("13912345678"), is_contact("u-17")
    ('[email]', '[phone]', '')
    """
    text = value.strip()
    if _EMAIL.fullmatch(text):
        return EMAIL
    return PHONE if _PHONE_SURE.fullmatch(text) or re.fullmatch(_MOBILE, text) else ""
