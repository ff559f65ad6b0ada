"""What speaks against joining two customers without a person looking, however alike they are."""

from collections.abc import Mapping

ACCOUNTS = "accounts"
BIRTHDAY = "birthday"
CONTACTS = "contacts"
GIVEN = "given"


def conflicts(levels: Mapping[str, int], *, share_a_shop: bool) -> list[str]:
    """Return codes, none if nothing contradicts.

    Two accounts of one shop: the shop tells them apart. Another birthday, another given name, or both another e-mail
    address and another phone: people of one household look just like this.

    >>> conflicts({"birthday": 0, "given": 5, "email": 0, "phone": -1}, share_a_shop=False)
    ['birthday']
    """
    found = [ACCOUNTS] if share_a_shop else []
    if levels.get("birthday") == 0:
        found.append(BIRTHDAY)
    if levels.get("given") in (0, 1):
        found.append(GIVEN)
    if levels.get("email") == 0 and levels.get("phone") == 0:
        found.append(CONTACTS)
    return found
