"""What the command line refuses.

ShukeError
├── NoSuchAccount    nobody with this e-mail address can log in
├── WrongArgument    an argument does not say what it should
└── BadBackup        a file is no backup of ours, or is damaged
"""

from shuke.kernel.errors import Kind, ShukeError


class NoSuchAccount(ShukeError):
    """Nobody with this e-mail address can log in."""

    code = "cli.no_such_account"
    kind = Kind.NOT_FOUND


class WrongArgument(ShukeError):
    """An argument does not say what it should."""

    code = "cli.wrong_argument"


class BadBackup(ShukeError):
    """A file is no backup of ours, is damaged, or does not fit this installation."""

    code = "cli.bad_backup"
