"""What the checks find before anybody gets a message."""

import pytest

from shuke.crm.templates.queries.checking import looked_at
from shuke.crm.templates.queries.wording import FINDINGS, finding
from shuke.crm.templates.tests.conftest import LETTER


def codes(channel, purpose, document, language="en"):
    found = looked_at(channel, purpose, {language: document})[language].findings
    assert all(finding(one) for one in found)
    assert {one.code for one in found} <= set(FINDINGS)
    return {one.code for one in found}


def with_blocks(*blocks, **fields):
    return {**LETTER, **fields, "blocks": [*blocks, {"kind": "footer"}]}


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("unknown_variable", with_blocks({"kind": "text", "text": "{{ ordr.number }}"})),
        ("unknown_variable", with_blocks({"kind": "text", "text": "{{ attributes.nothing }}"})),
        ("no_fallback", with_blocks({"kind": "text", "text": "Dear {{ customer.city }}"})),
        ("markup_in_value", with_blocks({"kind": "text", "text": "{{ order.number | default: '<script>' }}"})),
        ("unknown_filter", with_blocks({"kind": "text", "text": "{{ order.number | shell }}"})),
        ("liquid_loops", with_blocks({"kind": "text", "text": "{% for i in (1..1000) %}{% for j in (1..99) %}x{% endfor %}{% endfor %}"})),
        ("liquid_syntax", with_blocks({"kind": "text", "text": "{% if order.number %}"})),
        ("unknown_snippet", with_blocks({"kind": "snippet", "code": "none"})),
        ("unknown_snippet", with_blocks({"kind": "text", "text": "{{ snippets.none }}"})),
        ("bad_address", with_blocks({"kind": "button", "text": "x", "href": "javascript:alert(1)"})),
        ("bad_address", with_blocks({"kind": "text", "text": "[x](data:text/html,hi)"})),
        ("no_address", with_blocks({"kind": "button", "text": "x", "href": ""})),
        ("no_unsubscribe", {**LETTER, "blocks": [{"kind": "text", "text": "Buy"}]}),
        ("no_subject", {**LETTER, "subject": ""}),
        ("no_preheader", {**LETTER, "preheader": ""}),
        ("no_postal_address", LETTER),
        ("no_picture", with_blocks({"kind": "image", "alt": "a"})),
        ("unknown_picture", with_blocks({"kind": "image", "src": "picture:0", "alt": "a"})),
        ("insecure_picture", with_blocks({"kind": "image", "src": "http://a.example/x.png", "alt": "a"})),
        ("no_alt", with_blocks({"kind": "image", "src": "https://a.example/x.png"})),
        ("unknown_product", with_blocks({"kind": "products", "products": [77]})),
        ("forbidden_tag", with_blocks({"kind": "html", "html": "<script>1</script>"})),
        ("forbidden_attribute", with_blocks({"kind": "html", "html": "<p onclick='x()'>1</p>"})),
        ("broken_html", with_blocks({"kind": "html", "html": "<p><b>1</p></b>"})),
        ("broken_html", with_blocks({"kind": "html", "html": "<table><tr><td>1"})),
        ("clipped", with_blocks(*({"kind": "text", "text": "x" * 9_999},) * 11)),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_letter_is_found(home, code, document) -> None:
    assert code in codes("email", "marketing", document)


def test_nothing_is_wrong_with_a_good_letter(home) -> None:
    assert codes("email", "marketing", LETTER) == {"no_postal_address"}


def test_advertising_has_no_place_in_a_receipt(home) -> None:
    coupon = with_blocks({"kind": "coupon"})
    hidden = with_blocks({"kind": "text", "text": "Use {{ coupon.code }}"})
    words = with_blocks({"kind": "text", "text": "全场五折优惠"})

    assert "promotion_in_transactional" in codes("email", "transactional", coupon)
    assert "promotion_in_transactional" in codes("email", "transactional", hidden)
    assert "promoting_words" in codes("email", "transactional", words)
    assert "promotion_in_transactional" not in codes("email", "marketing", coupon)


@pytest.mark.parametrize(
    ("purpose", "language", "text", "wanted"),
    [
        ("marketing", "zh-hans", "【茶舍】新茶上市，拒收请回复R", set()),
        ("marketing", "zh-hans", "新茶上市", {"no_refusal", "no_signature"}),
        ("marketing", "en", "New tea. Reply STOP to opt out", set()),
        ("service", "zh-hans", "您的订单已发货", set()),
        ("service", "en", "x" * 500, {"many_parts"}),
        ("service", "en", "", {"empty"}),
    ],
)
def test_text_messages_say_how_to_refuse_the_next(home, purpose, language, text, wanted) -> None:
    assert codes("sms", purpose, {"text": text}, language) == wanted
