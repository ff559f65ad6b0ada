"""Forms of imports. They check what was typed; changing anything is the actions' business."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.platform.imports.rules.mapping import Mapping as FileMapping
from shuke.platform.imports.rules.moments import DMY, MDY
from shuke.platform.ui import time_zones

_DELIMITER_NAMES = ((",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar")))
_ENCODING_NAMES = (
    ("utf-8", "UTF-8"), ("gb18030", _("GB18030 (Chinese, GBK)")), ("utf-16", "UTF-16"), ("cp1252", _("Windows-1252 (Western)")),
)  # fmt: skip


class Upload(forms.Form):
    """The file, and the shop it comes from."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, TSV or TXT (also gzipped) of any size up to the limit, or an Excel workbook (XLSX)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.gz,.xlsx"}),
        error_messages={"empty": _("The file is empty.")},
    )
    shop = forms.CharField(
        label=_("Shop"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "shops", "autocomplete": "off"}),
    )


class ColumnField(forms.ChoiceField):
    """The column that holds a field. What an import cannot do without is told by the mapping, all at once."""

    @override
    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


Group = tuple[Any, tuple[str, ...]]


class Columns(forms.Form):
    """Which column means what, and how its values are written. A kind of import adds its settings and its words."""

    use_required_attribute = False

    time_zone = forms.ChoiceField(
        label=_("Time zone of the shop"), help_text=_("For times in the file that carry no zone of their own.")
    )
    date_order = forms.ChoiceField(
        label=_("Dates such as 03/04/2024 mean"),
        choices=((DMY, _("3 April: the day comes first")), (MDY, _("March 4: the month comes first"))),
    )
    encoding = ColumnField(label=_("Encoding of the text"), choices=_ENCODING_NAMES)
    delimiter = ColumnField(label=_("Columns are separated by"), choices=_DELIMITER_NAMES)
    sheet = ColumnField(label=_("Sheet"))
    preset = forms.CharField(required=False, widget=forms.HiddenInput)

    # The fields of columns under headings; those that are always shown, whether the file has them or not.
    always_shown: ClassVar[frozenset[str]]
    # Cards beside the columns: a title, and the settings in it.
    cards: ClassVar[Sequence[Group]]

    def __init__(
        self, *args: Any, headers: Sequence[str], sheets: Sequence[str] = (), is_workbook: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_workbook = is_workbook
        self.fields["time_zone"].choices = time_zones.choices(chosen=self["time_zone"].value())  # type: ignore[attr-defined]
        self.choose("sheet", [(name, name) for name in sheets])
        offered = [("", _("— not in this file —")), *((header, header) for header in headers)]
        self.known = dict(self.labels())
        for field, label in self.known.items():
            self.fields[_name(field)] = ColumnField(label=str(label), choices=offered)

    @abstractmethod
    def labels(self) -> Mapping[str, Any]:
        """Return what the columns can mean, with what each is called."""

    @abstractmethod
    def headings(self) -> Sequence[Group]:
        """Return the fields of columns under their headings."""

    @abstractmethod
    def described(self, plain: dict[str, Any]) -> FileMapping:
        """Return the mapping behind what a valid form says of every kind of file; raise ``Refused``."""

    def choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        """Offer choices for a setting, and among them what it was set to."""
        given = self.initial.get(name)
        if given and given not in {value for value, _label in choices}:
            choices.append((given, given))
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField], list[forms.BoundField]]]:
        """Yield the column fields under their headings: those that matter or are in the file, then the others."""
        for heading, names in self.headings():
            shown = [name for name in names if name in self.always_shown or self[_name(name)].value()]
            hidden = [name for name in names if name not in shown]
            if names:
                yield heading, [self[_name(name)] for name in shown], [self[_name(name)] for name in hidden]

    def settings(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """Yield the cards beside the columns; the last says how the file itself is written."""
        for title, names in self.cards:
            yield title, [self[name] for name in names]
        yield _("The file itself"), [self["sheet"]] if self.is_workbook else [self["encoding"], self["delimiter"]]

    def mapping(self) -> FileMapping:
        """Return the mapping that a valid form describes; raise ``Refused``."""
        said = self.cleaned_data
        return self.described(
            {
                "columns": {field: said[_name(field)] for field in self.known if said[_name(field)]},
                "preset": said["preset"], "time_zone": said["time_zone"], "date_order": said["date_order"],
                "encoding": said["encoding"] or "utf-8", "delimiter": said["delimiter"] or ",", "sheet": said["sheet"],
            }
        )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        """Refuse a column that is chosen twice."""
        said = super().clean() or {}
        seen: set[str] = set()
        for field in self.known:
            header = said.get(_name(field))
            if header and header in seen:
                self.add_error(_name(field), _("This column is chosen twice."))
            elif header:
                seen.add(header)
        return said


def _name(field: str) -> str:
    return f"column_{field}"


def initial_of(mapping: FileMapping) -> dict[str, Any]:
    """Return the form values that describe a mapping."""
    plain = {
        name: " ".join(value) if isinstance(value, list) else value
        for name, value in mapping.as_json().items()
        if name != "columns"
    }
    return plain | {_name(field): header for field, header in mapping.columns.items()}
