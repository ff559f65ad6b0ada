"""What an import replaced is kept sealed: a rotation of keys reaches it, an undo still opens it."""

from datetime import timedelta

import pytest

from shuke.cdp.customers.actions.forgetting import erase
from shuke.cdp.customers.models import Customer
from shuke.cdp.orders.models import OrderPayment
from shuke.cdp.orders.queries.lists import PAYMENT_REFERENCE
from shuke.cdp.privacy.actions import rotating
from shuke.platform.crypto.sealing import key_of, unseal
from shuke.platform.imports import actions as importing
from shuke.platform.imports.actions.forgetting import ImagesForUndo
from shuke.platform.imports.errors import WrongState
from shuke.platform.imports.models import BeforeImage
from shuke.platform.imports.progress import Silent
from shuke.platform.imports.queries import refused_rows
from shuke.platform.staff.actor import Actor

pytestmark = pytest.mark.django_db
HEADER = "order_number,order_date,email,product_name,quantity,unit_price,currency,payment_method,payment_reference\n"


def quiet(*_: object) -> None:
    pass


def bring_in(content: str, now, kind="orders"):
    made = importing.start_import(
        [content.encode()], kind=kind, file_name="a.csv", shop_name="Willow", by=Actor.cli(), now=now
    )
    return importing.run_import(made.pk, Silent(), now=now)


def test_an_import_is_undone_with_keys_that_came_later(company, now, settings, tmp_path):
    settings.SHUKE_FILES_DIR, settings.SHUKE_KEYS_DIR = tmp_path / "files", tmp_path / "keys"
    row = "1001,2024-03-01,ada@willow.example,Mug,1,{price},GBP,card,{reference}\n"
    bring_in(HEADER + row.format(price=5, reference="pi_first"), now)
    made = bring_in(HEADER + row.format(price=6, reference="pi_second"), now)
    image = BeforeImage.objects.get(file_import=made)

    rotating.rotate(by=Actor.cli(), now=now, progress=quiet)
    removed = rotating.retire(by=Actor.cli(), now=now)
    importing.begin_undo(made, by=Actor.cli(), now=now)
    importing.run_undo(made.pk, Silent(), now=now)

    assert b"pi_first" not in bytes(image.before)
    assert removed["sealing"] == [1]
    reference = bytes(OrderPayment.objects.get().reference)
    assert key_of(reference) == 2
    assert unseal(reference, context=PAYMENT_REFERENCE) == "pi_first"


def test_a_customer_is_what_they_were_with_keys_that_came_later_and_forgotten_when_erased(
    company, now, settings, tmp_path
):
    settings.SHUKE_FILES_DIR, settings.SHUKE_KEYS_DIR = tmp_path / "files", tmp_path / "keys"
    header = "customer id,name,email,city\n"
    bring_in(header + "c1,Ada Lovelace,ada@willow.example,London\nc2,Grace,,York\n", now, kind="customers")
    told = header + "c1,Ada King,ada@willow.example,Bath\nc2,Grace Hopper,Grace Hopper @,York\n"
    made = bring_in(told, now, kind="customers")
    ada, grace = Customer.objects.order_by("pk")
    images = {image.record_id: bytes(image.before) for image in BeforeImage.objects.filter(file_import=made)}

    assert not any(b"Lovelace" in image for image in images.values())
    assert [row.value for row in refused_rows(made)] == ["Grace Hopper @"]
    erase([grace.pk], now=now)
    assert set(BeforeImage.objects.values_list("record_id", flat=True)) == {ada.pk}
    assert [row.value for row in refused_rows(made)] == [""]
    rotating.rotate(by=Actor.cli(), now=now, progress=quiet)
    assert rotating.retire(by=Actor.cli(), now=now)["sealing"] == [1]
    importing.begin_undo(made, by=Actor.cli(), now=now)
    importing.run_undo(made.pk, Silent(), now=now)
    assert list(Customer.objects.order_by("pk").values_list("name", "city")) == [("Ada Lovelace", "London"), ("", "")]


def test_what_imports_replaced_can_be_let_go_of(company, now, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path
    made = bring_in("customer id,name\nc1,Ada\n", now, kind="customers")

    assert ImagesForUndo().count(now + timedelta(days=30)) == 1
    assert ImagesForUndo().remove_some(now + timedelta(days=30), now=now) == 1
    assert ImagesForUndo().remove_some(now + timedelta(days=30), now=now) == 0
    made.refresh_from_db()
    with pytest.raises(WrongState):
        importing.begin_undo(made, by=Actor.cli(), now=now)
