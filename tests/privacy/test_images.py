"""What an import replaced is kept sealed: a rotation of keys reaches it, an undo still opens it."""

import pytest

from shuke.cdp.orders.models import OrderPayment
from shuke.cdp.orders.queries.lists import PAYMENT_REFERENCE
from shuke.cdp.privacy.actions import rotating
from shuke.platform.crypto.sealing import key_of, unseal
from shuke.platform.imports import actions as importing
from shuke.platform.imports.models import BeforeImage
from shuke.platform.imports.progress import Silent
from shuke.platform.staff.actor import Actor

pytestmark = pytest.mark.django_db
HEADER = "order_number,order_date,email,product_name,quantity,unit_price,currency,payment_method,payment_reference\n"


def quiet(*_: object) -> None:
    pass


def bring_in(content: str, now):
    made = importing.start_import(
        [content.encode()], kind="orders", file_name="a.csv", shop_name="Willow", by=Actor.cli(), now=now
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
