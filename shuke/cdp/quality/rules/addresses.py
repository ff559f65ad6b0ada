"""Taking postal addresses apart: province, city, district and street in Chinese; postcode and town in Latin letters.

Says only what is certain from the text: "" for every part that is not recognised.
"""

import re
import unicodedata
from dataclasses import dataclass

from shuke.cdp.quality.rules.divisions import ENDINGS, MUNICIPALITIES, PREFECTURES, PROVINCE_OF, PROVINCES, SPECIAL

_HAN = re.compile(r"[\u3400-\u9fff]")
_CHINESE_POSTCODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_NOISE = re.compile(r"^(?:中国|中华人民共和国|china)?[\s,，、:：·\-]*", re.IGNORECASE)
_CITY_BY_ENDING = re.compile(r"^([\u3400-\u9fff]{2,8}?(?:自治州|地区|盟|市))")
_DISTRICT = re.compile(r"^([\u3400-\u9fff]{1,9}?(?:自治县|自治旗|新区|开发区|矿区|林区|区|县|旗|市))")
_POSTCODES = (
    re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b"),  # Great Britain
    re.compile(r"\b([A-Z]\d[A-Z] ?\d[A-Z]\d)\b"),  # Canada
    re.compile(r"\b(\d{4} ?[A-Z]{2})\b"),  # Netherlands
    re.compile(r"\b(\d{5}-\d{4})\b"),  # United States
    re.compile(r"\b(\d{5})\b(?!.*\b\d{5}\b)"),
    re.compile(r"(?:^|, *|[A-Z]{2,3} )(\d{4})\b(?!.*\b\d{4}\b)"),  # Australia, Switzerland, Austria, Denmark
)
_STREET_WORD = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|place|pl|way|crescent|square|terrace|gardens|"
    r"boulevard|blvd|highway|strasse|straße|weg|platz|rue|via|calle|apartment|apt|flat|unit|floor|suite|room)\b|\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AddressParts:
    """Parts of an address. ``street`` is what remains; for an unrecognised address, all of it."""

    region: str = ""
    city: str = ""
    district: str = ""
    postcode: str = ""
    street: str = ""


def parts(text: str) -> AddressParts:
    """Return what an address says about where it is.

    >>> parts("广东省深圳市南山区科技园路1号 518057")
    AddressParts(region='广东', city='深圳', district='南山区', postcode='518057', street='科技园路1号')
    >>> parts("10 High Street, London, SW1A 1AA")
    AddressParts(region='', city='London', district='', postcode='SW1A 1AA', street='10 High Street')
    """
    clean = " ".join(unicodedata.normalize("NFKC", text).split())
    return _chinese(clean) if _HAN.search(clean) else _latin(clean)


def _chinese(text: str) -> AddressParts:
    found = _CHINESE_POSTCODE.search(text)
    postcode = found[1] if found else ""
    rest = _trimmed(text.replace(postcode, " ", 1) if postcode else text)
    region, rest = _province(rest)
    city, rest = _city(rest, region)
    if city and not region:
        region = PROVINCE_OF.get(city, "")
    if region in MUNICIPALITIES | SPECIAL:
        city = region
    district = ""
    if (region or city) and (match := _DISTRICT.match(rest)):
        district, rest = match[1], _trimmed(rest[match.end() :])
    return AddressParts(region, city, district, postcode, rest)


def _trimmed(text: str) -> str:
    return _NOISE.sub("", text, count=1).strip(" ,，、")


def _province(text: str) -> tuple[str, str]:
    """A province at the beginning, with its ending; bare 吉林 and 海南 may be something else."""
    for province in PROVINCES:
        if not text.startswith(province):
            continue
        rest = text[len(province) :]
        ending = next((end for end in ENDINGS if rest.startswith(end)), "")
        after = _trimmed(rest[len(ending) :])
        if province in MUNICIPALITIES:
            # 北京市北京市朝阳区, 上海市辖区: the city is named again, or only hinted at.
            after = _trimmed(after.removeprefix(f"{province}市").removeprefix("市辖区"))
            if ending == "" and after[:1] in "路街道大":
                return "", text
            return province, after
        if ending == "市" and province in PROVINCE_OF:
            return "", text
        if ending or any(after.startswith(city) for city in PREFECTURES.get(province, ())) or rest[:1] in " ,，":
            return province, after
    return "", text


def _city(text: str, region: str) -> tuple[str, str]:
    if region in MUNICIPALITIES | SPECIAL:
        return region, text
    for city in sorted(PREFECTURES.get(region, ()) or PROVINCE_OF, key=len, reverse=True):
        if text.startswith(city):
            rest = text[len(city) :]
            ending = next((end for end in ("市", "地区", "盟") if rest.startswith(end)), "")
            if not ending and (match := re.match(r"[\u3400-\u9fff]{0,10}?自治州|州", rest)):
                ending = match[0]
            if ending or region or _DISTRICT.match(rest):
                if not ending and rest[:1] in tuple("路街道大"):
                    break
                return city, _trimmed(rest[len(ending) :])
    if region and (match := _CITY_BY_ENDING.match(text)):
        return match[1].removesuffix("市"), _trimmed(text[match.end() :])
    return "", text


def _latin(text: str) -> AddressParts:
    postcode = next((match[1] for pattern in _POSTCODES if (match := pattern.search(text)) and match.start() > 0), "")
    if postcode.isdigit() and text.startswith(postcode):
        postcode = ""
    lines = [line.strip(" ,.") for line in (text.replace(postcode, "") if postcode else text).split(",")]
    lines = [line for line in lines if line]
    if not postcode or len(lines) < 2:
        return AddressParts(postcode=postcode, street=", ".join(lines))
    city = next((line for line in reversed(lines[1:]) if not _STREET_WORD.search(line) and len(line) > 3), "")
    street = ", ".join(line for line in lines if line != city)
    return AddressParts(city=city, postcode=postcode, street=street)
