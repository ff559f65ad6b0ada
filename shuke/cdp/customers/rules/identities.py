"""Which kinds of identities there are, and what each may do.

Three questions decide how far a kind is trusted. *May it join?* Two records that share its value speak of one person.
*May it be messaged?* There is a channel that delivers to it. *May it be shown?* A person may read it on a page.

Values that a platform masks (``张**``) or gives anew for every order (a cipher, an OAID) are no keys at all: two people
may share one value, and one person has many. Such kinds are listed so that sources can name them, and never stored as
identities.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from shuke.cdp.customers.rules import people

EXTERNAL_ID, EMAIL, PHONE, ANONYMOUS_ID = "external_id", "email", "phone", "anonymous_id"

# Longer than this in one record is a mistake of the sender, not a person with many keys.
MOST_IN_A_RECORD = 20


class Scope(Enum):
    """Within what a value is unique, which is what its namespace names."""

    SHOP = "shop"
    APP = "app"
    EVERYWHERE = ""


class Stands(Enum):
    """For what a value stands."""

    PERSON = "person"
    # A browser, a telephone, an installed app: whoever uses it. Follows the first known person, joins nobody else.
    DEVICE = "device"
    # Masked or rotating: for nobody in particular.
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class IdentityType:
    """A kind of identity. ``priority``: of several keys in a record the lowest decides whose it is."""

    code: str
    scope: Scope
    stands: Stands
    priority: int
    # How many a customer may have before more of them are a sign of confusion; None: any number.
    limit: int | None = None
    may_message: bool = False
    may_show: bool = True
    # A shop gives a person one: two of them in one shop are two people until somebody says otherwise.
    is_account: bool = False

    @property
    def may_join(self) -> bool:
        """Whether two records that share a value speak of one person."""
        return self.stands is Stands.PERSON

    @property
    def is_key(self) -> bool:
        """Whether values are stored as identities at all."""
        return self.stands is not Stands.NOBODY

    @property
    def is_contact(self) -> bool:
        """Whether the value is itself an address: stored as a blind index, shown masked."""
        return self.code in {EMAIL, PHONE}


_PERSON, _DEVICE, _NOBODY = Stands.PERSON, Stands.DEVICE, Stands.NOBODY
_SHOP, _APP, _ANY = Scope.SHOP, Scope.APP, Scope.EVERYWHERE

TYPES: Mapping[str, IdentityType] = {
    found.code: found
    for found in (
        IdentityType(EXTERNAL_ID, _SHOP, _PERSON, 10, is_account=True),
        IdentityType("unionid", _APP, _PERSON, 20, limit=5),
        IdentityType("member_card", _SHOP, _PERSON, 25, limit=5),
        IdentityType("taobao_ouid", _SHOP, _PERSON, 30, limit=5),
        IdentityType("taobao_omid", _APP, _PERSON, 32, limit=5),
        IdentityType("yz_open_id", _SHOP, _PERSON, 34, limit=5),
        IdentityType("douyin_open_id", _APP, _PERSON, 36, limit=5),
        IdentityType("openid", _APP, _PERSON, 38, limit=20, may_message=True),
        IdentityType("wecom_user", _APP, _PERSON, 40, limit=20, may_message=True),
        IdentityType(EMAIL, _ANY, _PERSON, 50, limit=5, may_message=True),
        IdentityType(PHONE, _ANY, _PERSON, 60, limit=5, may_message=True),
        IdentityType(ANONYMOUS_ID, _SHOP, _DEVICE, 80, limit=200, may_show=False),
        IdentityType("device_id", _APP, _DEVICE, 82, limit=50, may_show=False),
        IdentityType("push_token", _APP, _DEVICE, 84, limit=50, may_message=True, may_show=False),
        IdentityType("cookie", _SHOP, _DEVICE, 86, limit=200, may_show=False),
        IdentityType("taobao_nick", _SHOP, _NOBODY, 90),
        IdentityType("jd_pin", _SHOP, _NOBODY, 91),
        IdentityType("oaid", _ANY, _NOBODY, 92, may_show=False),
    )
}


class Key(NamedTuple):
    """A typed, namespaced value that stands for a person or a device."""

    type: str
    namespace: str
    value: str


def key_of(kind: str, namespace: str, raw: str, blocked: people.Blocked) -> Key | None:
    """Return the key that a stated id stands for, None if it stands for nobody.

    E-mails and phones become keys elsewhere, where the blind index is known.

    >>> key_of("openid", "wx1", " oAbc ", people.Blocked())
    Key(type='openid', namespace='wx1', value='oAbc')
    >>> key_of("taobao_nick", "tmall", "张**", people.Blocked()), key_of("device_id", "app", "null", people.Blocked())
    (None, None)
    """
    known = TYPES.get(kind)
    if known is None or not known.is_key or known.is_contact:
        return None
    value = people.external_id(raw, blocked=blocked)
    if not value or _says_nothing(value):
        return None
    return Key(kind, "" if known.scope is Scope.EVERYWHERE else namespace[:64], value)


def _says_nothing(value: str) -> bool:
    """Zeros and dashes: the advertising id of a telephone that does not tell its own."""
    return not value.strip("0-")


def by_priority(keys: Iterable[Key]) -> list[Key]:
    """Return keys with the strongest first, each once.

    >>> [key.type for key in by_priority([Key("email", "", "x"), Key("external_id", "web", "1")])]
    ['external_id', 'email']
    """
    return sorted(dict.fromkeys(keys), key=lambda key: TYPES[key.type].priority)[:MOST_IN_A_RECORD]


class IdentitySettings(BaseModel):
    """What the company decides about recognising people."""

    model_config = ConfigDict(extra="ignore")

    blocked_emails: list[str] = Field(default_factory=lambda: sorted(people.NOBODYS_EMAIL))
    blocked_phones: list[str] = Field(default_factory=lambda: sorted(people.NOBODYS_PHONE))
    blocked_ids: list[str] = Field(default_factory=lambda: sorted(people.NOBODY))
    # How many identities of a kind one customer may have, where that differs from the kind's own limit; 0: any number.
    limits: dict[str, int] = Field(default_factory=dict)
    # An e-mail address or phone that more customers than this give as theirs is a household's or a counter's.
    most_customers_per_address: int = Field(5, ge=1, le=1000)

    def blocked(self) -> people.Blocked:
        """Return the values that recognise nobody."""
        return people.Blocked(
            frozenset(self.blocked_emails), frozenset(self.blocked_phones), frozenset(self.blocked_ids)
        )

    def limit_of(self, kind: str) -> int | None:
        """Return how many identities of a kind one customer may have, None for any number.

        >>> IdentitySettings(limits={"email": 2}).limit_of("email"), IdentitySettings().limit_of("external_id")
        (2, None)
        """
        return self.limits.get(kind, TYPES[kind].limit if kind in TYPES else None) or None
