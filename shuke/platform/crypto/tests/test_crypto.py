import pytest

from shuke.platform.crypto.blind_index import blind_index
from shuke.platform.crypto.sealing import Unreadable, seal, unseal


def test_opens_what_it_sealed():
    blob = seal("ada@example.com", context=b"customers.contact")

    assert unseal(blob, context=b"customers.contact") == "ada@example.com"
    assert b"ada" not in blob


def test_sealing_twice_gives_different_bytes():
    assert seal("same", context=b"c") != seal("same", context=b"c")


def test_refuses_a_value_moved_to_another_column():
    blob = seal("ada@example.com", context=b"customers.contact")

    with pytest.raises(Unreadable):
        unseal(blob, context=b"orders.address")


def test_refuses_any_changed_byte():
    blob = bytearray(seal("text", context=b"c"))
    blob[-1] ^= 1

    with pytest.raises(Unreadable):
        unseal(bytes(blob), context=b"c")


def test_blind_index_depends_on_purpose_and_value():
    assert blind_index("a", "x") == blind_index("a", "x")
    assert len({blind_index("a", "x"), blind_index("b", "x"), blind_index("a", "y")}) == 3
