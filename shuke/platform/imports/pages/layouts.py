"""The layouts of files that a kind of import knows by heart, in words."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Layout:
    """A preset as people read of it: what it is called, and how to tell such a file."""

    code: str
    name: str | Promise
    note: str | Promise
