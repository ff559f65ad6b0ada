"""Who did it: the person, key or machine behind a change."""

from dataclasses import dataclass
from typing import Self

from shuke.platform.staff.models import ApiKey, Staff


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind`` is staff, api_key, cli or system; ``id`` is stable; ``label`` is for people."""

    kind: str
    id: str
    label: str

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """Return the actor of a member of staff."""
        return cls("staff", str(staff.pk), str(staff))

    @classmethod
    def of_key(cls, key: ApiKey) -> Self:
        """Return the actor of a program that holds an API key."""
        return cls("api_key", str(key.pk), key.name)

    @classmethod
    def system(cls, name: str) -> Self:
        """Return the actor of a machine inside Shuke, such as a scheduled job."""
        return cls("system", name, name)

    @classmethod
    def cli(cls) -> Self:
        """Return the actor of a person at the command line."""
        return cls("cli", "cli", "command line")

    @property
    def reference(self) -> str:
        """Return ``kind:id``, as stored with events and audit rows."""
        return f"{self.kind}:{self.id}"
