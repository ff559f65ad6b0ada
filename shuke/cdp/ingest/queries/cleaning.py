"""Taking out of a text what says who somebody is, for those who keep texts or hand them on."""

from collections.abc import Collection

from shuke.cdp.ingest.rules import personal


def without_contacts(text: str, *, names: Collection[str] = ()) -> str:
    """Return a text with e-mail addresses, phones, ips and the given names replaced by markers.

    >>> without_contacts("Call Ada at 13912345678 or ada@example.com", names=("Ada",))
    'Call [name] at [phone] or [email]'
    """
    found = str(personal.cleaned(text))
    for name in sorted((one for one in names if len(one) > 1), key=len, reverse=True):
        found = found.replace(name, personal.NAME)
    return found
