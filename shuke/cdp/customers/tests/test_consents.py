"""Evidence through its only door: kept for good, chained, and stronger than any import."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import consents, notices, suppressing
from shuke.cdp.customers.actions.consents import Outcome, Statement
from shuke.cdp.customers.errors import BadSuppression, CannotLift
from shuke.cdp.customers.models import ConsentRecord, ConsentState, Suppression
from shuke.cdp.customers.queries import consents as queries
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event

ADA = "ada@shop.example"
FORM = {"form": "newsletter", "wording": "Yes, write to me", "ip": "203.0.113.9"}


def said(action: str, *, now: Any, channel: str = "email", address: str = ADA, **more: Any) -> Statement:
    method = more.pop("method", "web_form")
    purpose = more.pop("purpose", "marketing")
    return Statement(channel, address, purpose, action, method, more.pop("at", now), **({"evidence": FORM} | more))


def keep(*statements: Statement, now: Any, source: str = "test") -> list[Outcome]:
    with transaction.atomic():
        return consents.record(statements, by=Provenance(source, "system:test", now))


def verdicts(customer: Any, now: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(p.known.channel, p.known.purpose): p.reasons for p in queries.permissions_of(customer.pk, now=now)}


def test_a_confirmed_grant_permits_and_a_withdrawal_ends_it(company, now):
    ada = testing.customer(email=ADA)
    before = verdicts(ada, now)
    keep(
        said("granted", now=now),
        said("confirmed", now=now, at=now + timedelta(minutes=1)),
        now=now + timedelta(hours=1),
    )
    granted = verdicts(ada, now)
    keep(said("withdrawn", now=now, at=now + timedelta(days=1)), now=now + timedelta(days=1))
    withdrawn = verdicts(ada, now + timedelta(days=1))

    assert before["email", "marketing"] == ("never_asked",)
    assert granted["email", "marketing"] == ()
    assert withdrawn["email", "marketing"] == ("suppressed:marketing", "withdrawn")


def test_without_evidence_a_grant_reaches_service_at_most(company, now):
    outcomes = keep(
        said("granted", now=now, method="import", evidence={}),
        said("granted", now=now, method="import", evidence={"row": 7, "file": "abc"}),
        said("granted", now=now, method="import", evidence={}, purpose="service"),
        said("granted", now=now, method="import", evidence={"form": " "}, purpose="profiling"),
        said("confirmed", now=now, method="staff"),
        said("withdrawn", now=now, method="import", evidence={}),
        now=now,
    )

    assert [outcome.reason or outcome.status for outcome in outcomes] == [
        "no_evidence", "no_evidence", "recorded", "no_evidence", "not_by_the_person", "recorded",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"channel": "fax"}, "unknown_channel"), ({"address": "a***@shop.example"}, "bad_address"),
        ({"purpose": "world peace"}, "unknown_purpose"), ({"action": "liked"}, "unknown_action"),
        ({"method": "telepathy"}, "unknown_method"), ({"notice_id": 9}, "unknown_notice"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_reason_and_its_neighbours_are_kept(company, now, wrong, reason):
    action = wrong.pop("action", "granted")

    outcomes = keep(said(action, now=now, **wrong), said("granted", now=now), now=now)

    assert [outcome.reason for outcome in outcomes] == [reason, ""]
    assert ConsentRecord.objects.count() == 1


def test_repeating_changes_nothing(company, now):
    testing.customer(email=ADA)
    first = keep(said("granted", now=now), said("granted", now=now), now=now)
    events = Event.objects.count()
    second = keep(said("granted", now=now, address=" ADA@Shop.Example"), now=now + timedelta(days=3))
    keyed = keep(said("granted", now=now, key="form-1"), said("withdrawn", now=now, key="form-1"), now=now)

    assert [outcome.status for outcome in first + second] == ["recorded", "repeated", "repeated"]
    assert {outcome.record_id for outcome in first + second} == {first[0].record_id}
    assert [outcome.status for outcome in keyed] == ["recorded", "repeated"]
    assert Event.objects.count() == events + 1


def test_records_cannot_be_changed_or_removed_by_anybody(company, now):
    keep(said("granted", now=now), now=now)
    records = ConsentRecord.objects.all()

    for tampering in (
        records.delete,
        lambda: records.update(action="confirmed"),
        lambda: records.update(hash=b"0" * 32),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            tampering()

    assert records.update(evidence=None) == 1  # erasure may
    assert queries.verify_chain() == queries.Verified(1)


def test_the_chain_shows_what_was_tampered_with(company, now):
    keep(*(said("granted", now=now, address=f"p{n}@shop.example") for n in range(5)), now=now)
    third = ConsentRecord.objects.order_by("pk")[2]
    assert queries.verify_chain() == queries.Verified(5)
    assert queries.is_whole(third)

    from shuke.platform.crypto.sealing import seal

    other = seal('{"form": "invented"}', context=b"customers.evidence")
    ConsentRecord.objects.filter(pk=third.pk).update(evidence=other)

    assert queries.verify_chain() == queries.Verified(2, broken_at=third.pk)
    assert not queries.is_whole(ConsentRecord.objects.get(pk=third.pk))


def test_evidence_is_sealed_and_no_event_or_row_holds_the_address(company, now):
    testing.customer(email=ADA)
    outcome = keep(said("granted", now=now), now=now)[0]
    record = ConsentRecord.objects.get(pk=outcome.record_id)

    assert b"203.0.113.9" not in bytes(record.evidence)
    assert queries.evidence_of(record) == FORM
    assert ADA.casefold() not in repr(list(Event.objects.values())).casefold()
    assert Event.objects.get(name="consent.granted").properties == {
        "record_id": record.pk, "channel": "email", "purpose": "marketing", "topic": "", "method": "web_form",
        "is_confirmed": False,
    }  # fmt: skip


SPELLINGS = {
    "email": [
        "ada.l@gmail.com", "ADA.L@GMAIL.COM", " adal@gmail.com ", "a.d.a.l@gmail.com", "adal+sale@gmail.com",
        "Ada.L+x+y@Gmail.com", "adal@googlemail.com", "<ada.l@gmail.com>", "Ada <ada.l@gmail.com>", "ａｄａｌ@gmail.com",
        "mailto:adal@gmail.com", "adal@gmail.com.",
    ],
    "sms": ["13812345678", "+8613812345678", "0086 138 1234 5678", "１３８１２３４５６７８", "138-1234-5678", "(+86)13812345678",
            "86 13812345678", "138 1234 5678", "+86 138-1234-5678", "13812345678.0"],
}  # fmt: skip


@pytest.mark.parametrize("channel", SPELLINGS)
def test_no_spelling_of_a_suppressed_address_gets_around_it(company, now, channel):
    by = Provenance("test", "system:test", now)
    suppressing.suppress(channel, SPELLINGS[channel][0], scope="marketing", reason="unsubscribe", by=by)
    kind = "email" if channel == "email" else "phone"
    later = now + timedelta(days=30)
    for number, spelling in enumerate(SPELLINGS[channel]):
        customer = testing.customer(external_id=f"again{number}", **{kind: spelling}, now=later)
        keep(
            said("granted", now=later, channel=channel, address=spelling, method="import"),
            now=later,
            source=f"f{number}",
        )
        keep(
            said("confirmed", now=later, channel=channel, address=spelling, method="import"),
            now=later,
            source=f"g{number}",
        )

        assert "suppressed:marketing" in verdicts(customer, later)[channel, "marketing"], spelling


def test_only_a_later_grant_by_the_person_lifts_a_suppression(company, now, actor):
    ada = testing.customer(email=ADA)
    later, last = now + timedelta(days=1), now + timedelta(days=2)
    keep(said("objected", now=now), now=now)
    block = Suppression.objects.get()

    with pytest.raises(CannotLift):
        suppressing.lift(block.pk, by=actor, now=now)
    keep(said("confirmed", now=later, method="import"), said("granted", now=later, method="staff"), now=later)
    with pytest.raises(CannotLift):
        suppressing.lift(block.pk, by=actor, now=later)
    keep(said("granted", now=now - timedelta(days=9)), now=later)
    with pytest.raises(CannotLift):
        suppressing.lift(block.pk, by=actor, now=later)
    keep(said("confirmed", now=last, method="call_recorded"), now=last)
    suppressing.lift(block.pk, by=actor, now=last)

    assert verdicts(ada, last)["email", "marketing"] == ()
    block.refresh_from_db()
    assert (block.lifted_at, block.lifted_through.method) == (last, "call_recorded")


def test_the_persons_own_hand_lifts_at_once_but_never_a_legal_reason(company, now):
    by = Provenance("test", "system:test", now)
    keep(said("withdrawn", now=now), now=now)
    suppressing.suppress("email", "bob@shop.example", scope="marketing", reason="legal", by=by)
    later = now + timedelta(days=1)

    keep(said("confirmed", now=later), said("confirmed", now=later, address="bob@shop.example"), now=later)

    assert [(row.reason, row.lifted_at) for row in Suppression.objects.order_by("pk")] == [
        ("unsubscribe", later), ("legal", None),
    ]  # fmt: skip


def test_what_a_person_asked_for_does_not_expire(company, now):
    by = Provenance("test", "system:test", now)
    with pytest.raises(BadSuppression):
        suppressing.suppress("email", ADA, scope="all", reason="complaint", by=by, expires_at=now + timedelta(days=1))


def test_a_stop_word_ends_marketing_to_the_number(company, now):
    ada = testing.customer(phone="13812345678")
    keep(said("granted", now=now, channel="sms", address="13812345678"), now=now)
    by = Provenance("sms", "system:test", now + timedelta(days=1))

    with transaction.atomic():
        answers = [
            consents.stop_reply("sms", "+86 138 1234 5678", text, by=by) for text in ("好的谢谢", "【柳】ＴＤ。")
        ]

    assert answers == [False, True]
    assert verdicts(ada, by.now)["sms", "marketing"] == ("suppressed:marketing", "withdrawn")


def test_two_people_who_become_one_keep_the_strictest_choice(company, now):
    ada, other = testing.people(*(testing.PersonRecord(email=email) for email in (ADA, "other@shop.example")))
    keep(said("confirmed", now=now), said("objected", now=now, address="other@shop.example"), now=now)
    later = now + timedelta(days=1)

    with transaction.atomic():
        changed = consents.strictest_for_each([(ada.pk, other.pk)], by=Provenance("test", "system:test", later))

    assert changed == [1]
    assert "objected" in verdicts(ada, later)["email", "marketing"]
    with transaction.atomic():
        assert consents.strictest_for_each([(ada.pk, other.pk)], by=Provenance("test", "system:test", later)) == [0]


def test_a_notice_that_was_retired_asks_everybody_again(company, now, actor):
    ada = testing.customer(email=ADA)
    notice = notices.publish_notice(
        name="Newsletter", purposes=["marketing"], language="en", text="We write monthly.", by=actor, now=now
    )
    keep(said("confirmed", now=now, notice_id=notice.pk), now=now)
    assert verdicts(ada, now)["email", "marketing"] == ()

    notices.retire_notice(notice, must_ask_again=True, by=actor, now=now + timedelta(days=1))

    assert verdicts(ada, now)["email", "marketing"] == ("notice_retired",)


def test_the_projection_is_what_the_records_say(company, now):
    rng = random.Random(7)
    for step in range(60):
        moment = now + timedelta(hours=step)
        keep(
            *(
                said(
                    rng.choice(["requested", "granted", "confirmed", "withdrawn", "refused", "objected", "expired"]),
                    now=now, at=moment - timedelta(hours=rng.randrange(40)), address=f"p{rng.randrange(4)}@shop.example",
                    purpose=rng.choice(["marketing", "survey"]), topic=rng.choice(["", "sale"]),
                )
                for _ in range(rng.randrange(1, 4))
            ),
            now=moment,
        )  # fmt: skip
    kept = sorted(ConsentState.objects.values_list("address_index", "purpose", "topic", "action", "since", "record_id"))

    assert consents.rebuild_consent_state() == 0
    ConsentState.objects.filter(purpose="survey").update(action="granted", record_id=1)
    ConsentState.objects.filter(topic="sale").delete()
    assert consents.rebuild_consent_state() > 0
    assert (
        sorted(ConsentState.objects.values_list("address_index", "purpose", "topic", "action", "since", "record_id"))
        == kept
    )
    assert queries.verify_chain().broken_at is None


def test_a_batch_costs_the_same_however_large(company, now, django_assert_max_num_queries):
    many = [said("granted", now=now, address=f"p{n}@shop.example") for n in range(200)]
    with django_assert_max_num_queries(16):
        keep(*many, now=now)


def test_every_reason_to_suppress_stands_by_itself(company, now):
    """A bounce that expires leaves a complaint in force; the same bounce again counts anew; a list is never lifted."""
    ada = testing.customer(email=ADA)
    keep(said("confirmed", now=now), now=now)

    def suppressed(reason, days=None, at=0, scope="all"):
        moment = now + timedelta(days=at)
        by = Provenance("test", "system:test", moment)
        until = moment + timedelta(days=days) if days else None
        return suppressing.suppress("email", ADA, scope=scope, reason=reason, by=by, expires_at=until)

    assert suppressed("hard_bounce", days=5)
    assert not suppressed("hard_bounce", days=30)
    assert verdicts(ada, now + timedelta(days=20))["email", "marketing"] == ("suppressed:all",)
    assert verdicts(ada, now + timedelta(days=31))["email", "marketing"] == ()
    assert not suppressed("hard_bounce", days=5, at=40)
    assert verdicts(ada, now + timedelta(days=41))["email", "marketing"] == ("suppressed:all",)
    assert suppressed("legal", at=42)
    assert verdicts(ada, now + timedelta(days=90))["email", "marketing"] == ("suppressed:all",)

    keep(said("withdrawn", now=now, at=now + timedelta(days=91)), now=now + timedelta(days=91))
    assert suppressed("regulator_list", at=91, scope="marketing")
    keep(said("confirmed", now=now, at=now + timedelta(days=92)), now=now + timedelta(days=92))
    reasons = set(Suppression.objects.filter(lifted_at=None, scope="marketing").values_list("reason", flat=True))
    assert reasons == {"regulator_list"}
