"""Cleaning: what is found wrong, what would mend it, and that mending twice changes nothing more."""

import string
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuke.cdp.quality.rules import addresses, divisions, emails, names, tidying
from shuke.cdp.quality.rules.flaws import Values, flaws

TODAY = date(2024, 6, 15)
HAN = st.text("张王李欧阳诸葛伟芳娜秀英敏静先生女士", min_size=1, max_size=5)
LATIN = st.lists(st.text(string.ascii_letters + "éüñ'-", min_size=1, max_size=9), min_size=1, max_size=4).map(" ".join)
NAMES = st.one_of(HAN, LATIN, st.text(max_size=30))


@settings(deadline=None)
@given(NAMES)
def test_tidying_a_name_twice_changes_nothing_more(name):
    once = tidying.tidy_name(name)

    assert tidying.tidy_name(once) == once


@settings(deadline=None)
@given(NAMES)
def test_splitting_what_is_put_together_gives_the_same_parts(name):
    parts = names.split(names.split(name).whole)

    assert names.split(parts.whole) == parts


@settings(deadline=None)
@given(NAMES)
def test_folding_is_final(name):
    assert names.fold(names.fold(name)) == names.fold(name)


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("欧阳娜娜", "欧阳", "娜娜"), ("张三", "张", "三"), ("诸葛亮", "诸葛", "亮"), ("王先生", "王", ""), ("Zhang San", "Zhang", "San"),
        ("Lovelace, Ada", "Lovelace", "Ada"), ("Dr. John Smith Jr.", "Smith", "John"), ("SMITH John", "SMITH", "John"),
        ("Jan van der Berg", "van der Berg", "Jan"), ("Cher", "", "Cher"),
    ],
)  # fmt: skip
def test_names_are_split_as_their_language_does(name, family, given):
    parts = names.split(name)

    assert (parts.family, parts.given) == (family, given)


@pytest.mark.parametrize(
    "domain", ["gmail.com", "qq.com", "163.com", "outlook.com", "company.example", "mail.com", "yahoo.fr"]
)
def test_a_right_address_gets_no_hint(domain):
    assert emails.hint(f"ada@{domain}") == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [("gmial.com", "gmail.com"), ("qq.con", "qq.com"), ("163.con", "163.com"), ("hotnail.com", "hotmail.com"),
     ("gmail.co", "gmail.com"), ("outlok.com", "outlook.com"), ("foxmial.com", "foxmail.com")],
)  # fmt: skip
def test_a_slip_in_a_known_domain_is_recognised(written, meant):
    assert emails.hint(f"li@{written}") == f"li@{meant}"


@settings(deadline=None)
@given(st.emails())
def test_a_hint_leads_to_an_address_without_one(address):
    meant = emails.hint(address.lower())

    assert not meant or (emails.hint(meant) == "" and meant != address.lower())


@pytest.mark.parametrize("address", ["info@a.com", "kefu@a.com", "no-reply@a.com"])
def test_desks_are_told_from_people(address):
    assert emails.is_role(address)


@settings(deadline=None)
@given(st.sampled_from(sorted(divisions.PREFECTURES.items())), st.integers(0, 30), st.sampled_from(["市", ""]))
def test_every_prefecture_is_recognised_behind_its_province(entry, at, ending):
    province, cities = entry
    city = cities[at % len(cities)]

    found = addresses.parts(f"{province}省{city}{ending}解放区人民路{at + 1}号")

    assert (found.region, found.city) == (province, city)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_splitting_of_addresses(text):
    found = addresses.parts(text)

    assert isinstance(found.street, str)


@pytest.mark.parametrize(
    ("text", "region", "city", "district"),
    [
        ("北京市朝阳区建国路88号", "北京", "北京", "朝阳区"), ("上海市市辖区浦东新区世纪大道1号", "上海", "上海", "浦东新区"),
        ("苏州市昆山市花桥镇", "江苏", "苏州", "昆山市"), ("四川省阿坝藏族羌族自治州汶川县", "四川", "阿坝", "汶川县"),
        ("内蒙古自治区呼和浩特市新城区", "内蒙古", "呼和浩特", "新城区"), ("吉林省吉林市昌邑区", "吉林", "吉林", "昌邑区"),
        ("北京路12号", "", "", ""), ("中山路3号", "", "", ""),
    ],
)  # fmt: skip
def test_chinese_addresses_are_taken_apart(text, region, city, district):
    found = addresses.parts(text)

    assert (found.region, found.city, found.district) == (region, city, district)


def test_latin_addresses_give_town_and_postcode():
    found = addresses.parts("10 High Street, London, SW1A 1AA")

    assert (found.city, found.postcode, found.street) == ("London", "SW1A 1AA", "10 High Street")


VALUES = st.builds(
    Values,
    name=NAMES,
    region=st.sampled_from(["", "广东"]),
    city=st.sampled_from(["", "深圳"]),
    birthday=st.one_of(st.none(), st.dates()),
    emails=st.lists(st.sampled_from(["a@gmial.com", "b@qq.con", "c@qq.com", "info@x.com", "d@@x", "e@yopmail.com"]), max_size=3, unique=True).map(tuple),
    phones=st.lists(st.sampled_from(["+8613800138001", "+1", "0207 946", "+44 20 7946 0958"]), max_size=2, unique=True).map(tuple),
    addresses=st.lists(st.sampled_from(["广东省深圳市南山区1号", "10 High Street, London, SW1A 1AA", "?"]), max_size=2).map(tuple),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_what_is_mended_is_found_wrong_no_more(values):
    found = flaws(values, today=TODAY)
    changed = {
        "emails": list(values.emails),
        "phones": list(values.phones),
        "name": values.name,
        "city": values.city,
        "region": values.region,
    }
    for flaw in found:
        for mend in flaw.mends:
            if mend.field in ("email", "phone"):
                changed[f"{mend.field}s"] = [
                    mend.after if v == mend.before else v
                    for v in changed[f"{mend.field}s"]
                    if v != mend.before or mend.after
                ]
            else:
                changed[mend.field] = mend.after
    mended = Values(
        changed["name"], changed["region"], changed["city"], values.birthday, tuple(changed["emails"]),
        tuple(changed["phones"]), values.addresses,
    )  # fmt: skip

    again = {one.flaw for one in flaws(mended, today=TODAY) if one.mends}

    assert (
        again & {"email_typo", "email_invalid", "phone_invalid", "phone_format", "name_untidy", "place_in_address"}
        == set()
    )
