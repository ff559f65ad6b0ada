"""What is wrong with an e-mail address, and what was probably meant. Nothing here changes anything."""

from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

_KNOWN = (
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "yahoo.co.jp", "hotmail.com", "hotmail.co.uk", "hotmail.fr",
    "outlook.com", "live.com", "live.co.uk", "live.cn", "msn.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de",
    "gmx.net", "gmx.com", "web.de", "t-online.de", "mail.ru", "yandex.ru", "proton.me", "protonmail.com", "btinternet.com",
    "sky.com", "virginmedia.com", "comcast.net", "verizon.net", "att.net", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net",
    "libero.it", "naver.com", "daum.net", "qq.com", "vip.qq.com", "foxmail.com", "163.com", "vip.163.com", "126.com",
    "yeah.net", "sina.com", "sina.cn", "vip.sina.com", "sohu.com", "139.com", "189.cn", "aliyun.com", "tom.com", "21cn.com",
    "hotmail.de", "hotmail.it", "yahoo.fr", "yahoo.de", "yahoo.com.cn", "yahoo.com.hk", "outlook.de", "outlook.fr", "wo.cn",
)  # fmt: skip
_DOMAINS = frozenset(_KNOWN)
# Real domains that lie one letter from a better known one.
_REAL = frozenset(
    {"mail.com", "email.com", "ymail.com", "gmx.at", "gmx.ch", "live.de", "live.fr", "me.cn", "qq.cn", "mail.de"}
)
_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "vom": "com", "xom": "com", "cpm": "com", "coom": "com",
    "clm": "com", "c0m": "com", "nte": "net", "ner": "net", "nett": "net", "ogr": "org", "orgg": "org", "cnn": "cn",
}  # fmt: skip
_ROLES = frozenset({
    "info", "admin", "administrator", "sales", "support", "service", "contact", "office", "hello", "help", "helpdesk",
    "billing", "accounts", "accounting", "orders", "order", "hr", "jobs", "marketing", "press", "postmaster", "webmaster",
    "hostmaster", "abuse", "noreply", "no-reply", "enquiries", "enquiry", "team", "mail", "kefu", "kf", "caiwu", "shop",
    "store", "customerservice", "reception", "security", "root",
})  # fmt: skip
_DISPOSABLE = frozenset({
    "mailinator.com", "guerrillamail.com", "10minutemail.com", "tempmail.com", "temp-mail.org", "yopmail.com", "trashmail.com",
    "sharklasers.com", "getnada.com", "dispostable.com", "throwawaymail.com", "maildrop.cc", "fakeinbox.com", "mintemail.com",
    "mohmal.com", "moakt.com", "tempinbox.com", "emailondeck.com", "spamgourmet.com", "mailnesia.com", "guerrillamail.info",
    "grr.la", "mytemp.email", "tempr.email", "discard.email", "burnermail.io", "33mail.com", "linshiyouxiang.net", "bccto.me",
    "chacuo.net", "027168.com", "mail.tm", "1secmail.com", "spam4.me", "wegwerfmail.de", "trash-mail.com", "jetable.org",
})  # fmt: skip


def hint(address: str) -> str:
    """Return what was probably meant by a misspelt address, "" where it looks right. Applying it again says nothing new.

    >>> hint("li@gmial.com"), hint("li@qq.con"), hint("li@qq.com"), hint("ada@mail.com")
    ('li@gmail.com', 'li@qq.com', '', '')
    """
    local, at, domain = address.rpartition("@")
    meant = _domain_meant(domain) if at else ""
    return f"{local}@{meant}" if meant and meant != domain else ""


@lru_cache(maxsize=50_000)
def _domain_meant(domain: str) -> str:
    if domain in _DOMAINS or domain in _REAL or domain in _DISPOSABLE:
        return ""
    head, _, ending = domain.rpartition(".")
    mended = f"{head}.{_ENDINGS[ending]}" if ending in _ENDINGS and head else domain
    if ending in {"co", "cm", "om"} and f"{head}.com" in _DOMAINS:
        mended = f"{head}.com"
    if mended in _DOMAINS:
        return mended
    near = [known for known in _KNOWN if abs(len(known) - len(mended)) <= 1 and _is_slip(mended, known)]
    if len(near) == 1 and mended not in _REAL:
        return near[0]
    return mended if mended != domain else ""


def _is_slip(written: str, known: str) -> bool:
    """Whether one slip of a finger turns ``known`` into ``written``; short and numeric names are too close to others."""
    name, meant = written.partition(".")[0], known.partition(".")[0]
    if name != meant and (len(meant) < 5 or name.isdigit() or meant.isdigit()):
        return False
    if name == meant:  # another ending may be another country
        return DamerauLevenshtein.distance(written, known) == 1 and written.count(".") != known.count(".")
    return written.partition(".")[2] == known.partition(".")[2] and DamerauLevenshtein.distance(name, meant) == 1


def is_role(address: str) -> bool:
    """Whether an address belongs to a desk rather than a person.

    >>> is_role("info@shop.example"), is_role("ada@shop.example")
    (True, False)
    """
    return address.partition("@")[0].partition("+")[0] in _ROLES


def is_disposable(address: str) -> bool:
    """Whether an address looks like one that is thrown away after use.

    >>> is_disposable("x@mailinator.com"), is_disposable("x@eu.mailinator.com")
    (True, True)
    """
    labels = address.rpartition("@")[2].split(".")
    return any(".".join(labels[at:]) in _DISPOSABLE for at in range(len(labels) - 1))


def is_valid(address: str) -> bool:
    """Whether an address can be one by its shape.

    >>> is_valid("ada@example.com"), is_valid("ada..b@example.com"), is_valid("ada@example"), is_valid("a@b@c.de")
    (True, False, False, False)
    """
    local, _, domain = address.rpartition("@")
    if not local or len(local) > 64 or "@" in local or local[0] == "." or local[-1] == "." or ".." in local:
        return False
    labels = domain.split(".")
    shapely = all(label and label[0] != "-" and label[-1] != "-" and len(label) < 64 for label in labels)
    return len(labels) > 1 and shapely and len(labels[-1]) > 1 and not labels[-1].isdigit() and " " not in address
