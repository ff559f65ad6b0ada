"""Imports of every kind, what they replaced, and how files were read before."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.platform.company.models import Shop


class ImportState(models.TextChoices):
    """Where an import stands."""

    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Checking")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class Import(models.Model):
    """One file on its way in: its mapping, its checkpoint and its report.

    Whatever it writes carries its number (``import_id``), whatever its kind.
    """

    uuid = models.UUIDField(unique=True)
    # Of what the file tells; see ``kinds``.
    kind = models.CharField(max_length=32)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    file_bytes = models.BigIntegerField()
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    # How the file is read: encoding, delimiter, sheet, columns, formats. See ``rules.Mapping``.
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=ImportState.choices, default=ImportState.UPLOADED)
    # The last group of the staged file that was applied, committed with its rows: where a restart goes on.
    checkpoint = models.BigIntegerField(default=0)
    # Counts by kind of outcome, and what was done with each special kind of row.
    report = models.JSONField(default=dict)
    job_id = models.BigIntegerField(null=True)
    created_by = models.CharField(max_length=80)
    created_by_label = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "-id"], name="imports_newest_of_kind")]


class BeforeImage(models.Model):
    """What a record looked like before an import replaced it; NULL ``before`` means the import created it.

    Sealed as a whole, since it holds what people are and where they live. ``after_hash`` tells at undo whether anyone
    changed the record since.
    """

    file_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    record_kind = models.CharField(max_length=16)
    record_id = models.BigIntegerField()
    number = models.CharField(max_length=120)
    before = models.BinaryField(null=True)
    after_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file_import", "record_kind", "record_id"], name="imports_one_image_per_record"
            )
        ]
        indexes = [models.Index(fields=["record_kind", "record_id"], name="imports_images_of_record")]


class ImportedMapping(models.Model):
    """The mapping last confirmed for a shop and a set of column headers, offered again next time."""

    kind = models.CharField(max_length=32)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    header_key = models.CharField(max_length=64)
    mapping = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "shop", "header_key"], name="imports_one_mapping_per_header")
        ]
