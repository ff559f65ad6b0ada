"""What the columns of a file of customers can mean, and guessing it from their headers, English or Chinese."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shuke.platform.imports.rules import headers as names
from shuke.platform.imports.rules import layouts
from shuke.platform.imports.rules import mapping as files
from shuke.platform.imports.rules.refusals import Refused

# Identities beside the shop's own id, e-mail and phone, by the types of ``rules.identities``.
OTHER_IDS = ("member_card", "unionid", "openid", "yz_open_id", "taobao_ouid", "taobao_omid", "douyin_open_id")
# Field -> headers under which shops export it, best first. Compared without case, spaces and punctuation.
ALIASES: dict[str, tuple[str, ...]] = {
    "external_id": (
        "customer id", "customer no", "customer number", "external id", "user id", "member id", "buyer id", "client id",
        "id", "客户编号", "客户id", "会员编号", "会员id", "用户id", "买家id",
    ),
    "email": ("email", "e-mail", "email address", "customer email", "mail", "邮箱", "电子邮箱", "邮件", "客户邮箱"),
    "phone": (
        "phone", "phone number", "mobile", "mobile phone", "mobile number", "telephone", "tel", "default address phone",
        "手机号", "手机", "手机号码", "联系电话", "电话", "联系手机",
    ),
    "name": (
        "name", "full name", "customer name", "buyer name", "contact name", "display name", "姓名", "客户姓名", "会员姓名",
        "客户名称", "买家姓名", "联系人", "昵称", "会员昵称",
    ),
    "first_name": ("first name", "given name", "名"),
    "last_name": ("last name", "surname", "family name", "姓"),
    "gender": ("gender", "sex", "性别"),
    "birthday": ("birthday", "birth date", "date of birth", "dob", "生日", "出生日期", "出生年月日"),
    "language": ("language", "locale", "语言"),
    "country": (
        "country", "country code", "default address country code", "default address country", "国家", "国家地区",
    ),
    "region": (
        "region", "province", "state", "default address province code", "default address province", "省份", "省", "州",
        "所在省份",
    ),
    "city": ("city", "town", "default address city", "城市", "市", "所在城市"),
    "district": ("district", "county", "区县", "区", "县", "所在区县"),
    "address": (
        "address", "address1", "address 1", "street", "default address address1", "详细地址", "地址", "收货地址",
        "联系地址",
    ),
    "address2": ("address2", "address 2", "default address address2"),
    "postcode": ("postcode", "zip", "zip code", "postal code", "default address zip", "邮编", "邮政编码"),
    "tags": ("tags", "tag", "labels", "groups", "标签", "客户标签", "会员标签"),
    "registered_at": (
        "registered at", "registration date", "created at", "date created", "signed up", "sign up date", "date registered",
        "member since", "customer since", "first seen at", "注册时间", "成为客户时间", "成为会员时间", "领卡时间", "创建时间", "入会时间",
    ),
    "member_card": ("member card", "card number", "loyalty card", "membership number", "会员卡号", "会员卡", "卡号"),
    "openid": ("openid", "wechat openid", "微信openid"),
    "unionid": ("unionid", "wechat unionid", "微信unionid"),
    "yz_open_id": ("yz_open_id", "yz open id", "有赞openid", "有赞id"),
    "taobao_ouid": ("ouid", "taobao ouid"),
    "taobao_omid": ("omid", "taobao omid"),
    "douyin_open_id": ("douyin open id", "douyin_open_id", "抖音openid"),
    "accepts_email": (
        "accepts email marketing", "accepts marketing", "email marketing", "email opt in", "newsletter", "接受邮件营销",
        "邮件订阅",
    ),
    "accepts_sms": ("accepts sms marketing", "sms marketing", "sms opt in", "接受短信营销", "短信订阅"),
    "consent_at": ("consent at", "consent date", "opt in date", "opted in at", "同意时间", "授权时间"),
    "consent_evidence": ("consent evidence", "consent source", "opt in source", "同意凭证", "授权凭证"),
}  # fmt: skip
FIELDS = tuple(ALIASES)
# Columns that other domains take: ``attribute:size``. One that nobody offers any more is no column we know.
OTHERS = "attribute:*"
KEYS = ("external_id", "email", "phone", *OTHER_IDS)
# Whether the file corrects what is known, or only fills what is missing.
REPLACE, FILL = "replace", "fill"


@dataclass(frozen=True, slots=True)
class CustomerMapping(files.Mapping):
    """A confirmed answer to every question about reading a file of customers."""

    existing: str = REPLACE
    # Of what app the openids and unionids in the file are; "" for the shop's own.
    app_id: str = ""


def from_json(said: object) -> CustomerMapping:
    """Return the mapping behind its JSON form; refuse unknown names and values, naming them."""
    known = (*FIELDS, OTHERS)
    return files.from_json(CustomerMapping, said, known_fields=known, choices={"existing": (REPLACE, FILL)})


def problems(mapping: CustomerMapping, headers: Sequence[str]) -> list[Refused]:
    """Return what keeps a mapping from reading a file with these headers, everything at once."""
    found = files.problems(mapping, headers)
    return found if any(mapping.columns.get(name) for name in KEYS) else [*found, Refused("key_needed")]


def guess(headers: Sequence[str], others: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the column that most probably holds each field; ``others`` are fields of other domains with their names.

    >>> guess(["客户姓名", "手机号", "Shoe size"], {"attribute:size": ["Shoe size"]})
    {'phone': '手机号', 'name': '客户姓名', 'attribute:size': 'Shoe size'}
    """
    return names.guess(headers, ALIASES | {field: tuple(known) for field, known in others.items()})


SHOPIFY = CustomerMapping(
    preset="shopify-customers",
    columns={
        "external_id": "Customer ID", "first_name": "First Name", "last_name": "Last Name", "email": "Email",
        "phone": "Phone", "address": "Default Address Address1", "address2": "Default Address Address2",
        "city": "Default Address City", "region": "Default Address Province Code",
        "country": "Default Address Country Code", "postcode": "Default Address Zip", "tags": "Tags",
        "accepts_email": "Accepts Email Marketing", "accepts_sms": "Accepts SMS Marketing",
    },
)  # fmt: skip
YOUZAN = CustomerMapping(
    preset="youzan-members", time_zone="Asia/Shanghai",
    columns={
        "phone": "手机号", "name": "姓名", "gender": "性别", "birthday": "生日", "region": "省份", "city": "城市",
        "district": "区县", "address": "详细地址", "tags": "标签", "member_card": "会员卡号", "registered_at": "成为客户时间",
        "yz_open_id": "yz_open_id",
    },
)  # fmt: skip
GENERIC = CustomerMapping(preset="generic-customers", columns={name: name for name in FIELDS})
PRESETS = {mapping.preset: mapping for mapping in (SHOPIFY, YOUZAN, GENERIC)}
_ALSO_CALLED = {
    "手机号": ("手机号码", "手机"), "姓名": ("客户姓名", "会员姓名"), "省份": ("省",), "城市": ("市",), "标签": ("客户标签",),
    "成为客户时间": ("成为会员时间", "领卡时间"), "会员卡号": ("卡号",), "详细地址": ("地址",), "区县": ("区",),
}  # fmt: skip
# The headers by which a file of a layout is known: all of them stand in it.
_SIGNS = {
    "shopify-customers": ("Customer ID", "First Name", "Accepts Email Marketing", "Default Address Country Code"),
    "youzan-members": ("手机号", "姓名", "成为客户时间"),
    "generic-customers": ("external_id", "registered_at"),
}


def fitting(preset: str, headers: Sequence[str]) -> CustomerMapping:
    """Return a preset with the columns that a file has."""
    known = PRESETS[preset]
    present = layouts.present(known.columns, headers, _ALSO_CALLED)
    return CustomerMapping(columns=present, preset=preset, time_zone=known.time_zone)


def recognised(headers: Sequence[str]) -> str:
    """Return the preset whose layout a file has, "" if none.

    >>> recognised(["姓名", "手机号", "成为客户时间"])
    'youzan-members'
    """
    return next((name for name, signs in _SIGNS.items() if layouts.has_all(headers, signs, _ALSO_CALLED)), "")
