import pytest
from django.db import connection

from shuke.platform.audit.models import AuditEntry
from shuke.platform.db import statistics


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its statistics by itself")
def test_sqlite_learns_how_large_tables_are(now):
    AuditEntry.objects.bulk_create(
        [AuditEntry(at=now, actor="a", actor_label="a", verb=f"v{n % 3}") for n in range(3000)]
    )

    statistics.refresh()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = %s", [AuditEntry._meta.db_table])
        assert cursor.fetchone()[0] > 0
