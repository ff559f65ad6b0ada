"""The fold of evidence into permission, against a plain reading."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shuke.cdp.customers.rules import consent as rules

START = datetime(2024, 1, 1, tzinfo=UTC)
ACTIONS = [
    "requested",
    "granted",
    "confirmed",
    "withdrawn",
    "refused",
    "objected",
    "expired",
    "superseded",
]


@st.composite
def histories(draw: st.DrawFn) -> list[rules.Evidence]:
    said = draw(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 6), st.integers(0, 6)), max_size=8))
    return [
        rules.Evidence(action, START + timedelta(days=claimed), START + timedelta(days=heard), order)
        for order, (action, claimed, heard) in enumerate(said)
    ]


@given(histories())
def test_what_happened_last_counts_and_the_stricter_of_two_at_once(history: list[rules.Evidence]) -> None:
    answers = [record for record in history if record.action != rules.REQUESTED]
    standing = rules.state_of(history)

    if not answers:
        assert (standing is None) == (not history)
        return
    latest = max(record.counts_from for record in answers)
    at_last = [record.action for record in answers if record.counts_from == latest]
    strictest = at_last[0]
    for action in at_last:
        strictest = str(rules.stricter(strictest, action))
    assert standing is not None
    # A confirmation survives being agreed to again; nothing else is kept from earlier.
    assert standing.action == strictest or (strictest == "granted" and standing.action == "confirmed")


@given(histories(), st.randoms())
def test_the_order_of_arrival_does_not_matter(history: list[rules.Evidence], random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert rules.state_of(shuffled) == rules.state_of(history)


@given(st.sampled_from([None, *ACTIONS]), st.sampled_from([None, *ACTIONS]), st.sampled_from([None, *ACTIONS]))
def test_stricter_is_an_order(a: str | None, b: str | None, c: str | None) -> None:
    assert rules.stricter(a, a) == a
    assert rules.stricter(a, b) == rules.stricter(b, a)
    assert rules.stricter(rules.stricter(a, b), c) == rules.stricter(a, rules.stricter(b, c))
    assert not rules.is_looser(rules.stricter(a, b), a)


@given(
    st.sampled_from([None, *ACTIONS]),
    st.sampled_from(["marketing", "service", "survey", "profiling", "third_party", "cross_border"]),
    st.frozensets(st.sampled_from(["all", "marketing", "topic:sale"]), max_size=2),
    st.sampled_from(["", "sale"]),
    st.booleans(),
)
def test_only_a_valid_grant_permits_and_a_suppression_always_wins(
    action: str | None, purpose: str, scopes: frozenset[str], topic: str, is_retired: bool
) -> None:
    known = rules.Known("sms", purpose, topic, action, START, None, is_retired, scopes)

    permitted = not rules.why_not(known, now=START)

    assert not permitted or (action in {"granted", "confirmed"} and not is_retired)
    assert not permitted or not any(rules.covers(scope, purpose, topic) for scope in scopes)


def test_a_grant_ends_with_its_term_and_marketing_by_mail_needs_a_confirmation() -> None:
    granted = rules.Known("email", "marketing", "", "granted", START, START + timedelta(days=1), False, frozenset())
    confirmed = rules.Known("email", "marketing", "", "confirmed", START, None, False, frozenset())

    assert rules.why_not(granted, now=START) == ("unconfirmed",)
    assert rules.why_not(granted, now=START, email_needs_confirmation=False) == ()
    assert rules.why_not(granted, now=START + timedelta(days=1), email_needs_confirmation=False) == ("expired",)
    assert rules.why_not(confirmed, now=START) == ()


def test_a_contract_needs_no_consent_but_respects_an_objection() -> None:
    def known(action: str | None, *scopes: str) -> rules.Known:
        return rules.Known("email", "transactional", "", action, START, None, False, frozenset(scopes))

    assert rules.why_not(known(None), now=START) == ()
    assert rules.why_not(known("withdrawn", "marketing"), now=START) == ()
    assert rules.why_not(known("objected"), now=START) == ("objected",)
    assert rules.why_not(known(None, "all"), now=START) == ("suppressed:all",)
