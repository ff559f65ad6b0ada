"""``security/fields.yaml`` says which stored fields speak of a person; here it is held against the models, both ways."""

import dataclasses
from functools import lru_cache

import yaml
from django.apps import apps
from django.db.models import BinaryField

from shuke.platform.manifest import datasets, installed, personal_data, sealed_columns
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


# Personal, and not about customers, or nothing that an export or an erasure could treat: each with its reason.
BESIDE = {
    "staff.Staff.password": "of staff", "staff.Staff.last_login": "of staff", "staff.Staff.email": "of staff",
    "staff.Staff.name": "of staff", "staff.ApiKey.digest": "of programs", "staff.ApiKey.created_by_label": "of staff",
    "audit.AuditEntry.actor_label": "of staff", "imports.Import.created_by_label": "of staff",
    "imports.Import.file_name": "the name staff gave a file", "segments.Segment.created_by_label": "of staff",
    "forecasts.Anomaly.handled_by_label": "of staff", "forecasts.Plan.saved_by_label": "of staff",
    "campaigns.Campaign.created_by_label": "of staff", "campaigns.Campaign.approved_by_label": "of staff",
    "templates.Version.created_by_label": "of staff", "templates.Version.approved_by_label": "of staff",
    "forecasts.Anomaly.note": "what staff say of figures of the company",
    "jobs.Job.arguments": "ids only, gone with the job", "jobs.Job.note": "counts only, gone with the job",
    "jobs.Job.error": "gone with the job", "jobs.Job.error_facts": "gone with the job",
    "notices.Target.sealed": "a secret of the company", "notices.MailServer.sealed": "a secret of the company",
    "voice.Endpoint.sealed": "a secret of the company",
    "notices.MailServer.username": "of the company", "notices.MailServer.sender": "of the company",
    "notices.Outgoing.sealed": "to staff, of counts only, emptied when sent",
    "api.StoredAnswer.fingerprint": "gone after a day", "api.StoredAnswer.body": "gone after a day",
}  # fmt: skip


def test_every_personal_field_is_exported_and_erased_by_somebody() -> None:
    treated = {field for holder in personal_data() for field in holder.fields}

    assert sorted(_of_kind("personal") - treated - BESIDE.keys()) == []
    assert sorted(treated - _of_kind("personal")) == []
    assert sorted(BESIDE.keys() - _of_kind("personal")) == []


def test_every_sealed_column_is_found_by_a_rotation_of_keys() -> None:
    binary = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("shuke.")
        for field in model._meta.concrete_fields
        if isinstance(field, BinaryField)
    }
    declared = {f"{column.model}.{column.field}" for column in sealed_columns()}

    assert sorted(binary - declared - HASHES.keys()) == []
    assert sorted((declared | HASHES.keys()) - binary) == []


# Binary and not sealed, or not for a key ring to find: what each is.
HASHES = {
    "customers.ContactPoint.blind_index": "made anew with its contact point",
    "customers.ContactPoint.mailbox_index": "made anew with its contact point",
    "customers.ContactPoint.tail_index": "made anew with its contact point",
    "customers.ConsentRecord.address_index": "made anew with its contact point",
    "customers.ConsentState.address_index": "made anew with its contact point",
    "customers.Suppression.address_index": "made anew with its contact point",
    "messaging.Message.address_index": "follows its contact point",
    "messaging.Link.digest": "of an address of the web",
    "customers.ConsentRecord.evidence_digest": "a hash with a salt", "customers.ConsentRecord.previous_hash": "a hash",
    "customers.ConsentRecord.hash": "a hash", "orders.Order.content_hash": "a fingerprint under a key that never changes",
    "voice.Text.mark": "a fingerprint under a key that never changes",
    "audiences.Shared.mark": "keyed digest of a line, to be compared",
    "orders.Refund.content_hash": "a fingerprint under a key that never changes",
    "orders.Adjustment.content_hash": "a fingerprint under a key that never changes",
    "orders.LineReport.content_hash": "a fingerprint under a key that never changes",
    "imports.BeforeImage.after_hash": "a fingerprint under a key that never changes",
    "api.StoredAnswer.body": "gone after a day", "privacy.Archive.token_digest": "a hash",
    "ingest.Receipt.message": "a hash", "ingest.Receipt.body": "a hash", "ingest.DeadLetter.fingerprint": "a hash",
    **dict.fromkeys(
        (
            "recommendations.CustomerList.repeat", "recommendations.CustomerList.discovery",
            "recommendations.ProductList.also_bought", "recommendations.ProductList.similar",
            "recommendations.CrowdList.items", "recommendations.Feedback.products",
        ),
        "ids of products and scores",
    ),
}  # fmt: skip
