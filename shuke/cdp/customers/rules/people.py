"""How the same person is recognised in differently written values.

Pure decisions: no database, no clock. Every function returns "" for a value that says nothing, or that must not be
used to recognise anybody: masked by a marketplace (``138****0000``), or typed by thousands (``test@``, ``13800138000``).
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime

import idna
import phonenumbers

from shuke.kernel import places

# Names the column in which addresses are sealed.
CONTACT_CONTEXT = b"customers.contact"
MAX_NAME_CHARS = 200
# Behind every hexadecimal digit.
UNNAMED_KEY = "z"
MAX_KEY_CHARS = 200
MAX_NAME_WORDS = 8
TAIL_DIGITS = 4

_MASK = re.compile(r"[*•●×]|x{3,}", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,255}")
_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_NOT_DIALLED = re.compile(r"[\s\-().·–—/]")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]")

# Written into the field by people and programs that had nothing to put there; thousands of orders share each of them.
NOBODY = frozenset({
    "0", "00", "000", "0000", "-", "--", ".", "/", "?", "n/a", "na", "nan", "none", "null", "nil", "undefined", "unknown",
    "guest", "anonymous", "test", "visitor", "无", "未知", "匿名", "匿名用户", "游客", "测试",
})  # fmt: skip
# A mailbox ends in "@" and stands for itself at any domain.
NOBODYS_EMAIL = frozenset({
    "test@", "test1@", "test123@", "noemail@", "no-email@", "no_email@", "nomail@", "none@", "null@", "na@", "noreply@",
    "no-reply@", "donotreply@", "unknown@", "anonymous@", "guest@", "asdf@", "123456@qq.com", "12345@qq.com",
    "10000@qq.com", "123@qq.com", "123@163.com", "123@123.com", "a@a.com", "abc@abc.com",
})  # fmt: skip
NOBODYS_PHONE = frozenset({
    "13800138000", "13000000000", "13800000000", "13900000000", "15000000000", "18000000000", "18800000000",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blocked:
    """Values that recognise nobody, because thousands type them when they have nothing to say.

    E-mails are whole addresses or mailboxes (``test@``); phones are written without country code; ids are casefolded.
    """

    emails: frozenset[str] = NOBODYS_EMAIL
    phones: frozenset[str] = NOBODYS_PHONE
    ids: frozenset[str] = NOBODY

    def has_email(self, address: str) -> bool:
        """Say whether an address in its comparable form is nobody's.

        >>> Blocked().has_email("test@shop.example"), Blocked().has_email("ada@shop.example")
        (True, False)
        """
        return address in self.emails or f"{address.partition('@')[0]}@" in self.emails

    def has_phone(self, number: str) -> bool:
        """Say whether a number in E.164 is nobody's.

        >>> Blocked().has_phone("+8613800138000"), Blocked().has_phone("+8613812345678")
        (True, False)
        """
        return any(number[digits:] in self.phones for digits in (1, 2, 3, 4)) or len(set(number[-8:])) == 1

    def has_id(self, value: str) -> bool:
        """Say whether an id is one that programs write when they have none.

        >>> Blocked().has_id("Undefined"), Blocked().has_id("u-17")
        (True, False)
        """
        return value.casefold() in self.ids


_USUAL = Blocked()


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What one source says about one person; "" means it does not say."""

    external_id: str = ""
    email: str = ""
    phone: str = ""
    name: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    address: str = ""
    postcode: str = ""
    language: str = ""
    birthday: date | None = None
    first_seen_at: datetime | None = None


def cleaned(person: PersonRecord, *, home_region: str = "", blocked: Blocked = _USUAL) -> PersonRecord:
    """Return the record with every value normalised; what cannot be used has become "".

    ``home_region`` (ISO 3166) is where phone numbers without a country code belong if the record names no country.
    """
    return replace(
        person,
        external_id=external_id(person.external_id, blocked=blocked) if person.external_id else "",
        email=email(person.email, blocked=blocked) if person.email else "",
        phone=phone(person.phone, region=places.dialled_as(person.country) or home_region, blocked=blocked)
        if person.phone
        else "",
        name=name(person.name) if person.name else "",
        country=words(person.country, limit=80) if person.country else "",
        region=words(person.region, limit=80) if person.region else "",
        city=words(person.city, limit=80) if person.city else "",
        address=words(person.address, limit=500) if person.address else "",
        postcode=words(person.postcode, limit=20) if person.postcode else "",
        language=words(person.language, limit=10) if person.language else "",
    )


def words(raw: str, *, limit: int) -> str:
    r"""Return text in NFKC, without control characters, its runs of spaces collapsed, cut at ``limit``.

    >>> words("  Ａda\u3000 Lovelace\n", limit=80)
    'Ada Lovelace'
    """
    if raw.isascii() and (raw.isalnum() or (raw.isprintable() and " " not in raw)):
        return raw[:limit]
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(text.split())[:limit].rstrip()


def name(raw: str) -> str:
    """Return a name as it is shown."""
    return words(raw, limit=MAX_NAME_CHARS)


def name_key(shown: str) -> str:
    """Return by what a name is sorted, in every database alike: without case, common Chinese characters by their sound.

    Nobody's name comes last.

    >>> sorted(["李四", "bob", "", "Ada", "阿宝"], key=name_key)
    ['Ada', 'bob', '阿宝', '李四', '']
    """
    # GB 18030 keeps the order of its ancestor, whose common characters stand in the order of pinyin. Written in hex, since
    # databases differ in how they sort anything but digits and small letters.
    key = shown.casefold().encode("gb18030", "replace")[: MAX_NAME_CHARS // 2].hex()
    return key or UNNAMED_KEY


def name_words(shown: str) -> tuple[str, ...]:
    """Return the beginnings under which a name is found: each word, and each tail of a word written without spaces.

    A prefix of one of them is then either the start of a word or, in Chinese, any part of the name.

    >>> name_words("Ada Lovelace"), name_words("张三丰")
    (('ada', 'lovelace'), ('张三丰', '三丰', '丰'))
    """
    found: dict[str, None] = {}
    for word in shown.casefold()[:MAX_NAME_CHARS].split():
        trimmed = word.strip(".,;:'\"()[]-_")[:64]
        if not trimmed:
            continue
        found[trimmed] = None
        if _CJK.search(trimmed):
            found.update(dict.fromkeys(trimmed[at:] for at in range(1, len(trimmed))))
        if len(found) >= MAX_NAME_WORDS:
            break
    return tuple(found)[:MAX_NAME_WORDS]


def is_masked(value: str) -> bool:
    """Whether a source has hidden part of the value.

    >>> is_masked("138****0000"), is_masked("张**"), is_masked("Ada")
    (True, True, False)
    """
    return bool(_MASK.search(value))


def external_id(raw: str, *, blocked: Blocked = _USUAL) -> str:
    """Return a shop's own id of a person, or "" if it identifies nobody.

    >>> external_id(" 12346 "), external_id("Guest"), external_id("ab**12")
    ('12346', '', '')
    """
    value = words(raw, limit=MAX_KEY_CHARS + 1)
    if len(value) > MAX_KEY_CHARS or blocked.has_id(value) or "*" in value:
        return ""
    return value


def email(raw: str, *, blocked: Blocked = _USUAL) -> str:
    """Return an e-mail address in the one form in which it is compared, or "".

    >>> email(" Ada@Bücher.Example "), email("test@shop.example"), email("a***@example.com")
    ('ada@xn--bcher-kva.example', '', '')
    """
    text = unicodedata.normalize("NFKC", raw).strip().removeprefix("mailto:")
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1]
    text = text.strip().lower().rstrip(".")
    if "*" in text or not _EMAIL.fullmatch(text):
        return ""
    local, _, domain = text.rpartition("@")
    domain = _ascii_domain(domain)
    whole = f"{local}@{domain}"
    is_nobodys = blocked.has_email(whole) or domain.endswith(".invalid")
    return "" if not domain or is_nobodys or len(whole) > MAX_KEY_CHARS else whole


def mailbox(address: str) -> str:
    """Return the mailbox behind an e-mail address: without the tag after a plus, and without Gmail's free dots.

    Under it permission is kept, so that writing an address differently gets nobody around a "no". People are not
    recognised by it.

    >>> mailbox("a.da+shop@gmail.com"), mailbox("a.da+shop@shop.example")
    ('ada@gmail.com', 'a.da@shop.example')
    """
    local, _, domain = address.rpartition("@")
    bare = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        return f"{bare.replace('.', '') or bare}@gmail.com"
    return f"{bare}@{domain}"


def _ascii_domain(domain: str) -> str:
    """Return the domain as DNS knows it, or "" if it cannot be one."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return ""
    labels = domain.split(".")
    return domain if len(labels) > 1 and all(labels) else ""


def phone(raw: str, *, region: str = "", blocked: Blocked = _USUAL) -> str:
    """Return a phone number in E.164, or "".

    ``region`` is where a number without country code belongs. Chinese mobile numbers are known by their shape.

    >>> phone("１３８ ００１３ ８００１"), phone("0086-13800138001"), phone("020 7946 0958", region="GB")
    ('+8613800138001', '+8613800138001', '+442079460958')
    >>> phone("138****8001"), phone("13800138000")
    ('', '')
    """
    text = unicodedata.normalize("NFKC", raw).strip()
    if _MASK.search(text):
        return ""
    dialled = _NOT_DIALLED.sub("", text.removesuffix(".0"))
    number = ""
    if region != "CN":
        number = _parsed(text, region)
    if not number and (mobile := _CHINESE_MOBILE.fullmatch(dialled)):
        number = f"+86{mobile[1]}"
    if not number and region == "CN":
        number = _parsed(text, region)
    return "" if blocked.has_phone(number) else number


def _parsed(text: str, region: str) -> str:
    if not region and not text.startswith(("+", "00", "(+")):
        return ""
    try:
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def phone_tail(number: str) -> str:
    """Return the last four digits, by which callers are looked up."""
    return number[-TAIL_DIGITS:]


def address_key(shown: str) -> str:
    """Return a postal address, as it is shown, in the form in which it is compared."""
    return shown.casefold()


def address_text(address: str, postcode: str) -> str:
    """Return a postal address as it is shown."""
    return f"{address}, {postcode}" if postcode and postcode not in address else address


def region_of_zone(time_zone: str) -> str:
    """Return the country whose telephone numbers are usual in an IANA time zone, or ""."""
    return places.territory_of_zone(time_zone)


def prefer(old: str, new: str, *, replacing: bool) -> str:
    """Return which of two statements about a person to keep.

    A masked value never hides a clear one, and a clear one always replaces a masked one. Otherwise what is already
    known stands, unless the new statement is ``replacing`` it: history fills gaps, live facts correct.
    """
    if not new or new == old:
        return old
    if not old or is_masked(old):
        return new
    return old if is_masked(new) or not replacing else new


TAG_COLORS = ("blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan")


def tag_color(name: str) -> str:
    """Return the colour a new tag gets: always the same for the same name, so that nobody has to choose.

    >>> tag_color("VIP") == tag_color("VIP"), tag_color("VIP") in TAG_COLORS
    (True, True)
    """
    return TAG_COLORS[sum(name.encode()) % len(TAG_COLORS)]
