"""``security/fields.yaml`` says which stored fields speak of a person; here it is held against the models, both ways."""

import dataclasses
from functools import lru_cache

import yaml
from django.apps import apps

from shuke.platform.manifest import datasets, installed
from tests.architecture.routes import ROOT


@lru_cache(maxsize=1)
def classified() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(
        (ROOT / "security" / "fields.yaml").read_text(encoding="utf-8")
    )
    return found


def stored() -> set[str]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("shuke.")]
    return {f"{model._meta.label}.{field.name}" for model in ours for field in model._meta.concrete_fields}


def written() -> list[str]:
    return [
        f"{model}.{field}" for model, kinds in classified().items() for fields in kinds.values() for field in fields
    ]


def test_every_field_is_classified() -> None:
    assert sorted(stored() - set(written())) == []


def test_every_classified_field_exists() -> None:
    assert sorted(set(written()) - stored()) == []


def test_a_field_is_classified_once_and_by_a_known_word() -> None:
    assert sorted({field for field in written() if written().count(field) > 1}) == []
    assert {kind for kinds in classified().values() for kind in kinds} == {"personal", "plain"}


def test_what_reaches_a_person_is_never_plain() -> None:
    telling = {"email", "phone", "password", "address", "birthday", "sealed", "blind_index", "ip"}

    assert [field for field in written() if field.rpartition(".")[2] in telling and field in _of_kind("plain")] == []


def _of_kind(kind: str) -> set[str]:
    return {f"{model}.{field}" for model, kinds in classified().items() for field in kinds.get(kind, [])}


def test_the_warehouse_holds_no_direct_identifier() -> None:
    identifiers = {
        "name",
        "name_key",
        "email",
        "phone",
        "address",
        "postcode",
        "birthday",
        "value",
        "sealed",
        "word",
        "ip",
    }

    assert [
        (name, column) for name, dataset in datasets().items() for column in dataset.columns if column in identifiers
    ] == []


def test_no_event_carries_a_direct_identifier() -> None:
    identifiers = {"name", "email", "phone", "address", "postcode", "birthday", "city", "ip"}
    carried = {
        (event.NAME, field.name)
        for manifest in installed()
        for event in manifest.publishes
        for field in dataclasses.fields(event)
    }

    assert sorted(pair for pair in carried if pair[1] in identifiers) == []
