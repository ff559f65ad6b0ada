"""How files of customers are shown on their way in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.customers.actions.importing import CustomerFiles
from shuke.cdp.customers.errors.files import FIELD_LABELS, WORDING
from shuke.cdp.customers.rules import file_columns
from shuke.cdp.customers.rules.file_columns import FILL, OTHER_IDS, REPLACE, CustomerMapping
from shuke.cdp.customers.rules.file_rows import VALUE_CODES, Around, Reader, Row
from shuke.platform.imports.forms import Columns, Group
from shuke.platform.imports.models import Import
from shuke.platform.imports.pages.imports import ImportPages, Texts
from shuke.platform.imports.pages.layouts import Layout
from shuke.platform.imports.pages.report import Notes
from shuke.platform.manifest import customer_columns

_SHOWN = 8
_PERSON = ("external_id", "email", "phone", "name", "first_name", "last_name", "gender", "birthday", "language", "tags",
           "registered_at")  # fmt: skip
_PLACE = ("country", "region", "city", "district", "address", "address2", "postcode")
_PERMISSION = ("accepts_email", "accepts_sms", "consent_at", "consent_evidence")
LAYOUTS: Mapping[str, Layout] = {
    layout.code: layout
    for layout in (
        Layout("shopify-customers", "Shopify", _("The export of customers, as Shopify writes it.")),
        Layout("youzan-members", _("Youzan: members"), _("The export of customers or members of a Youzan shop.")),
        Layout(
            "generic-customers",
            _("Shuke's own layout"),
            _("The columns are named after our fields: external_id, email, phone, name, city, tags and so on."),
        ),
    )
}
NOTES: Notes = {
    "masked_values": (
        _("Addresses hidden behind asterisks"), _("They were left out: nobody is recognised or reached by them."),
    ),
    "nobodys_values": (
        _("E-mail addresses and phones that thousands type"), _("They were left out: they belong to nobody."),
    ),
    "consents_without_evidence": (
        _("Marketing permissions without evidence"),
        _("They were not taken. Map a column that proves them and one that says when, or import consents by themselves."),
    ),
    "formulas": (_("Cells with formulas"), _("Their stored results were read; nothing was calculated.")),
}  # fmt: skip


class CustomerColumnsForm(Columns):
    """Which column of a file of customers means what."""

    existing = forms.ChoiceField(
        label=_("Customers who are here already"),
        choices=(
            (REPLACE, _("Correct them: what the file says counts")),
            (FILL, _("Only fill what is missing")),
        ),
    )
    app_id = forms.CharField(
        label=_("App id of WeChat ids"), required=False, max_length=64,
        help_text=_("Under which openid and unionid are kept; empty: the shop's own."),
    )  # fmt: skip

    always_shown = frozenset({"external_id", "email", "phone", "name", "city", "tags"})
    cards = (
        (_("How values are written"), ("time_zone", "date_order")),
        (_("Existing customers"), ("existing", "app_id")),
    )

    @override
    def labels(self) -> Mapping[str, Any]:
        return FIELD_LABELS | {
            f"{each.prefix}:{key}": column.label
            for each in customer_columns()
            for key, column in each.columns().items()
        }

    @override
    def headings(self) -> Sequence[Group]:
        others = tuple(name for name in self.known if ":" in name)
        return (
            (_("The person"), _PERSON), (_("Where they live"), _PLACE), (_("Marketing permission"), _PERMISSION),
            (_("Other identities"), OTHER_IDS), (_("Attributes"), others),
        )  # fmt: skip

    @override
    def described(self, plain: dict[str, Any]) -> CustomerMapping:
        own = {name: self.cleaned_data[name] for name in ("existing", "app_id")}
        return file_columns.from_json(plain | own)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as it will be read; ``trouble`` says why it will not, ``left_out`` which values stay out."""

    row: int
    said: Row
    trouble: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as read, what is missing from the mapping, and how much of the sample can be read."""

    rows: list[ReadRow]
    missing: list[str]
    sampled: int
    refused: int


def preview_of(seen: dict[str, Any], mapping: CustomerMapping | None) -> Preview:
    """Read the sample of a file; a mapping that lacks columns only says which."""
    headers, rows = seen["headers"], seen["rows"]
    wrong = file_columns.problems(mapping, headers) if mapping else []
    missing = [WORDING.sentence(problem.code, problem.facts) for problem in wrong]
    if mapping is None or missing:
        return Preview([], missing, len(rows), 0)
    reader = Reader(mapping, headers, Around())
    read = [_read(number, reader.read(number, cells)) for number, cells in rows]
    return Preview(read[:_SHOWN], [], len(read), sum(bool(row.trouble) for row in read))


def _read(number: int, said: Row) -> ReadRow:
    told = [
        (one.code, f"{one.column}: {WORDING.sentence(one.code, one.facts)}" if one.column else WORDING.sentence(one.code, one.facts))
        for one in said.refusals
    ]  # fmt: skip
    if said.person is None:
        return ReadRow(number, said, told[0][1])
    return ReadRow(number, said, "", tuple(text for code, text in told if code in VALUE_CODES))


def outcome(made: Import, counts: dict[str, Any]) -> dict[str, Any]:
    """Return what became of the customers in a file."""
    found = counts.get("customer")
    return {"outcome": found and found | {"rows": made.report.get("rows", 0)}}


_KIND_LABEL: str | Promise = _("Customer")
PAGES = ImportPages(
    kind=CustomerFiles(),
    permission="customers.import",
    form=CustomerColumnsForm,
    preview=preview_of,
    outcome=outcome,
    layouts=LAYOUTS,
    notes=NOTES,
    record_kinds={"customer": _KIND_LABEL},
    texts=Texts(
        upload=_("Import customers"),
        running=_("Importing customers"),
        shop=_("The shop these customers come from. Customer ids are told apart by shop."),
        number=_("Customer"),
        which_files=(
            _("One row per customer, from a shop, a loyalty programme or a spreadsheet."),
            _("Needed: a customer id, an e-mail address or a phone number. Everything else helps."),
            _("Marketing permissions are taken only with a column that proves them and one that says when."),
        ),
        dry_run=_(
            "This was a dry run: nothing is stored yet. Customers are recognised by id, e-mail address and phone number; two people who are here are never made one, and importing a file twice changes nothing."
        ),
        nothing_yet=_(
            "Bring in customers from a file. You see how each column is read before anything is stored, and an import can be undone as a whole."
        ),
        undo=_(
            "Customers that the import made go, unless something else has come to rest on them; the others become what they were before. Marketing permissions stay: they are evidence."
        ),
    ),
)
