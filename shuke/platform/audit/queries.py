"""Reading the audit log."""

from django.db.models import Max, QuerySet

from shuke.platform.audit.models import AuditEntry


def entries() -> QuerySet[AuditEntry]:
    """Return every entry, unordered: pages order and cut them."""
    return AuditEntry.objects.all()


def actors() -> list[tuple[str, str]]:
    """Return everyone who appears in the log, by their latest label."""
    named = AuditEntry.objects.values("actor").annotate(label=Max("actor_label")).order_by("label")
    return [(row["actor"], row["label"]) for row in named]


def verbs() -> list[str]:
    """Return every verb that appears in the log."""
    return list(AuditEntry.objects.values_list("verb", flat=True).order_by("verb").distinct())
