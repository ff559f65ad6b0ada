"""A process killed while it packs a person's archive, or lets go of old data: the one after it finishes the work."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.crash.stepping import step
from tests.engine.homes import Home

pytestmark = [pytest.mark.crash]

_WORK = """
from pathlib import Path
from django.conf import settings
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer
from shuke.cdp.events import actions as events, extensions
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord
from shuke.cdp.privacy import actions
from shuke.cdp.privacy.rules import PrivacySettings
from shuke.cdp.privacy.models import Archive, Certificate, PrivacyRequest, RetentionRun
from shuke.cdp.warehouse import actions as warehouse, queries
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor
from decimal import Decimal
actor, by = Actor.system("test"), Provenance("web", "system:test", now)
VIEWS, OLD = 90, 60
extensions._AT_ONCE = 20

def found():
    call_command("migrate", verbosity=0)
    company.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)
    shop = company.shop_named("Willow", now=now)
    ada = PersonRecord(external_id="c1", email="ada@shop.example", name="Ada Lovelace")
    line = LineRecord(Decimal(1), Decimal(5), title="Tea")
    with transaction.atomic():
        orders.record(shop, [OrderRecord("1", now - timedelta(days=3), "GBP", [line], ada)], by=by)
    customer = Customer.objects.get()
    days = [400] * OLD + [10] * (VIEWS - OLD)
    with transaction.atomic():
        events.publish([
            NewEvent("Product Viewed", customer.pk, now - timedelta(days=d), now - timedelta(days=d), "web", "visitor", {"product_id": "p1"})
            for d in days
        ])
    warehouse.catch_up(now=now)
    actions.save_settings(PrivacySettings(retention={"behaviour": 365}), by=actor, now=now)
    made = actions.receive("export", customer.pk, received_at=now, by=actor, now=now)
    actions.check_identity(made, method="reply", by=actor, now=now)
    actions.carry_out(made, by=actor, now=now)

def pack():
    request = PrivacyRequest.objects.get()
    actions.pack(request.pk, by=actor, now=now)
    folder = Path(settings.SHUKE_FILES_DIR) / "privacy"
    for path in folder.iterdir():
        os.utime(path, (0, 0))  # as if written long ago: what is new may be in the making
    actions.tidy_archives(now=now)
    request.refresh_from_db()
    print("shown", json.dumps({
        "request": request.state, "certificates": Certificate.objects.count(),
        "archives": [str(one.uuid) for one in Archive.objects.all()] == [path.stem for path in folder.iterdir()],
    }))

def retain():
    actions.apply_retention(by=actor, now=now)
    warehouse.catch_up(now=now)
    table = queries.table("events")
    print("shown", json.dumps({
        "log": Event.objects.filter(name="Product Viewed").count(), "facts": Event.objects.filter(name="order.placed").count(),
        "warehouse": len(queries.rows(table.filter(table.name == "Product Viewed").select("name"))),
        "finished": RetentionRun.objects.exclude(finished_at=None).count(),
    }))

{"found": found, "pack": pack, "retain": retain}[sys.argv[1]]()
warehouse.close()
"""


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("founded"))
    lived, _said = step(home, _WORK, "found")
    assert lived
    return home


def copy_of(home: Home, path: Path) -> Home:
    shutil.copytree(home.path, path)
    return Home(path)


def shown(home: Home, what: str) -> Any:
    lived, said = step(home, _WORK, what)
    assert lived
    return json.loads(said.rpartition("shown ")[2])


def test_dying_before_an_archive_is_in_the_books_leaves_one_archive_and_no_stray_file(
    founded: Home, tmp_path: Path
) -> None:
    home = copy_of(founded, tmp_path / "export")
    lived, _said = step(home, _WORK, "pack", crash_at="export.written")
    assert not lived
    assert shown(home, "pack") == {"request": "done", "certificates": 1, "archives": True}


def test_dying_between_batches_of_old_data_lets_the_next_run_go_on(founded: Home, tmp_path: Path) -> None:
    for nth in (1, 2, 3):
        home = copy_of(founded, tmp_path / str(nth))
        lived, _said = step(home, _WORK, "retain", crash_at=f"retention.between_batches:{nth}")
        assert not lived
        assert shown(home, "retain") == {"log": 30, "facts": 1, "warehouse": 30, "finished": 1}
