"""Table of the API's edge."""

from django.db import models

from shuke.platform.staff.models import ApiKey


class StoredAnswer(models.Model):
    """The answer given under an idempotency key; without a status while it is still being worked out."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    # Of method, path and body: the same key with another request is a mistake of the caller.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="api_one_answer_per_key")]
