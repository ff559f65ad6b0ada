"""What the kind of a connection can do for it, with its secrets and the surroundings of its shop."""

from collections.abc import Callable

from shuke.integrations.actions.connecting import secrets_of
from shuke.integrations.kinds import KINDS
from shuke.integrations.kinds.kind import Client, Surroundings
from shuke.integrations.models import Connection
from shuke.integrations.rules.records import Records
from shuke.platform.company import queries as company


def surroundings(connection: Connection) -> Surroundings:
    """Return what translating needs to know about a connection's shop."""
    found = company.find_company()
    return Surroundings(connection.shop.currency or (found.currency if found else ""), connection.shop.time_zone)


def reader_of(connection: Connection) -> Callable[[str, object], Records]:
    """Return what says what the calls of a connection amount to, by its kind."""
    kind, here = KINDS[connection.kind], surroundings(connection)
    return lambda topic, said: kind.translate(topic, said, here)


def client_of(connection: Connection) -> Client | None:
    """Return what fetches the records of a connection's shop; None where its keys were not given."""
    kind = KINDS[connection.kind]
    return kind.client(connection.settings, secrets_of(connection), surroundings(connection))
