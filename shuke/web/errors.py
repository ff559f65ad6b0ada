"""What staff can be refused in the web application.

WebError
├── EmailTaken       another member of staff has this address
├── LastOwner        the change would leave nobody who owns the company
├── OwnersOnly       only an owner may make, change or remove an owner
├── OnYourself       people do not change their own role or lock themselves out
├── NotInvited       a link can only be made for an active account
├── AlreadySetUp     the company exists
├── CurrencyInUse    amounts are stored in the company's currency
├── ShopNameTaken    another shop has this name
└── NotYourJob       only the person who asked for a job, or a manager, may cancel it
"""

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError


class WebError(ShukeError):
    """Something a page refuses to do."""

    code = "web.refused"


class EmailTaken(WebError):
    """Another member of staff has this address."""

    code = "team.email_taken"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("Someone in your team already has this e-mail address."))


class LastOwner(WebError):
    """The change would leave nobody who owns the company."""

    code = "team.last_owner"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("This is the last owner. Make someone else an owner first."))


class OwnersOnly(WebError):
    """Only an owner may make, change or remove an owner."""

    code = "team.owners_only"
    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("Only an owner can make, change or deactivate an owner."))


class OnYourself(WebError):
    """People do not change their own role or lock themselves out."""

    code = "team.on_yourself"

    def __init__(self) -> None:
        super().__init__(_("You cannot change your own role or deactivate yourself. Ask a colleague."))


class NotInvited(WebError):
    """A link can only be made for an active account."""

    code = "team.inactive"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("This account is deactivated. Reactivate it before making a link."))


class AlreadySetUp(WebError):
    """The company exists."""

    code = "setup.done"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("The company has already been set up."))


class CurrencyInUse(WebError):
    """Amounts are stored in the company's currency."""

    code = "company.currency_in_use"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("Orders have been recorded in this currency, so it can no longer be changed."))


class ShopNameTaken(WebError):
    """Another shop has this name."""

    code = "company.shop_name_taken"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("Another shop already has this name."))


class NotYourJob(WebError):
    """Only the person who asked for a job, or a manager, may cancel it."""

    code = "jobs.not_yours"
    kind = Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(_("Only the person who started this work, or an administrator, can cancel it."))
