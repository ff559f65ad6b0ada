"""What can go wrong with privacy requests.

PrivacyError
├── WrongState        the request is not at the point at which this can be done
├── NotChecked        nobody has made sure that it is the person who asks
├── UnknownRequest    there is no such request
├── UnknownKind       there is no such kind of request, check or policy
├── LinkSpent         the link was used, replaced or has expired
└── KeysInUse         something is still under the keys that should go
"""

from typing import ClassVar

from shuke.kernel.errors import Kind, ShukeError


class PrivacyError(ShukeError):
    """The root of this domain's refusals."""


class WrongState(PrivacyError):
    """The request is not at the point at which this can be done."""

    code: ClassVar[str] = "privacy.wrong_state"
    kind: ClassVar[Kind] = Kind.CONFLICT


class NotChecked(PrivacyError):
    """Nobody has made sure that it is the person who asks."""

    code: ClassVar[str] = "privacy.not_checked"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UnknownRequest(PrivacyError):
    """There is no such request."""

    code: ClassVar[str] = "privacy.unknown_request"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class UnknownKind(PrivacyError):
    """There is no such kind of request, check or policy."""

    code: ClassVar[str] = "privacy.unknown_kind"
    kind: ClassVar[Kind] = Kind.INVALID


class LinkSpent(PrivacyError):
    """The link was used, replaced or has expired."""

    code: ClassVar[str] = "privacy.link_spent"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class KeysInUse(PrivacyError):
    """Something is still under the keys that should go."""

    code: ClassVar[str] = "privacy.keys_in_use"
    kind: ClassVar[Kind] = Kind.CONFLICT
