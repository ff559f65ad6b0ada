"""Why something of a file of customers was not taken, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.platform.imports.errors.wording import Wording

FIELD_LABELS: dict[str, str | Promise] = {
    "external_id": _("Customer id"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "gender": _("Gender"),
    "birthday": _("Birthday"),
    "language": _("Language"),
    "country": _("Country"),
    "region": _("Region"),
    "city": _("City"),
    "district": _("District"),
    "address": _("Address"),
    "address2": _("Address, second line"),
    "postcode": _("Postcode"),
    "tags": _("Tags"),
    "registered_at": _("Customer since"),
    "member_card": _("Member card"),
    "openid": _("WeChat openid"),
    "unionid": _("WeChat unionid"),
    "yz_open_id": _("Youzan id"),
    "taobao_ouid": _("Taobao ouid"),
    "taobao_omid": _("Taobao omid"),
    "douyin_open_id": _("Douyin open id"),
    "accepts_email": _("Accepts marketing by e-mail"),
    "accepts_sms": _("Accepts marketing by SMS"),
    "consent_at": _("When they agreed"),
    "consent_evidence": _("What proves it"),
}
_REASONS: dict[str, str | Promise] = {
    "key_needed": _("Choose the column with a customer id, an e-mail address, a phone number or another identity."),
    "nobody": _("The row names nobody: it has no usable id, e-mail address or phone number."),
    "two_people": _(
        "The row speaks of two people: %(field)s leads to customer %(first)s, %(other_field)s to customer %(second)s. Merge them, or correct the row."
    ),
    "bad_email": _("This is no e-mail address. It was left out; the rest of the row goes in."),
    "bad_phone": _("This is no phone number we can read. It was left out; the rest of the row goes in."),
    "bad_attribute": _("%(reason)s The value was left out; the rest of the row goes in."),
    "not_a_date": _("This is not a date we can read. It was left out; the rest of the row goes in."),
    "impossible_date": _("There is no such date. It was left out; the rest of the row goes in."),
    "implausible_date": _("The year is implausible. The date was left out; the rest of the row goes in."),
    "shortened_number": _(
        "A spreadsheet has shortened this number and lost its last digits. It was left out; the rest of the row goes in."
    ),
    "formula": _("The cell holds a formula, not its result. It was left out; the rest of the row goes in."),
    "too_long": _("Longer than %(most)s characters. It was left out; the rest of the row goes in."),
}
WORDING = Wording(FIELD_LABELS, _REASONS)
