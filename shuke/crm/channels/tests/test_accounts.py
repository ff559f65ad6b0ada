"""Accounts: connected, tried out, switched, closed; and the door that providers call."""

import json

import pytest

from shuke.crm.channels import api, queries, testing
from shuke.crm.channels.actions import connecting, sending
from shuke.crm.channels.errors import BadAccount
from shuke.crm.channels.kinds.kind import Call
from shuke.crm.channels.models import ChannelAccount, OutboxMessage, Receipt
from shuke.crm.channels.tests.smtp import Script, free_port, server
from shuke.platform.audit.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
NOW = testing.NOW
FORM = {
    "name": "Newsletter", "is_test": "on", "host": "127.0.0.1", "port": "1025", "security": "none", "username": "u",
    "password": "sesame-open", "sender": "hello@news.willow.example",
}  # fmt: skip


@pytest.fixture(autouse=True)
def our_own_network(settings):
    settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)
    yield
    sending.let_go()


def _twilio(actor, **said) -> ChannelAccount:
    settings = {"account_sid": "AC1", "sender": "+15005550006"} | said
    return connecting.connect(
        "twilio", "Texts", secrets={"auth_token": "t"}, settings=settings, is_test=False, by=actor, now=NOW
    )


def test_an_account_is_connected_in_test_mode_and_keeps_its_secrets(owner, client_of) -> None:
    client = client_of(owner)
    first = testing.default("email")
    assert "SMTP" in client.get("/channels/new/").content.decode()
    assert client.get("/channels/new/smtp/").status_code == 200

    answer = client.post("/channels/new/smtp/", FORM)

    made = ChannelAccount.objects.get(kind="smtp")
    assert answer.url == f"/channels/{made.uuid}/"
    assert (made.is_test, made.is_default) == (True, True)
    assert [one.pk for one in queries.accounts("email")] == [made.pk, first.pk]
    page = client.get(f"/channels/{made.uuid}/edit/").content.decode() + client.get(answer.url).content.decode()
    assert "sesame-open" not in page
    assert b"sesame-open" not in bytes(made.secrets)
    assert "sesame-open" not in json.dumps([one.summary for one in AuditEntry.objects.all()])
    assert queries.setup_of(made).secrets == {"password": "sesame-open"}


@pytest.mark.parametrize(("wrong", "said"), [
    ({"port": "0"}, "1 to 65535"), ({"port": "x"}, "1 to 65535"), ({"sender": "a@b.example, c@d.example"}, "not one e-mail address"),
    ({"rates": "qq.com fast"}, "qq.com fast"), ({"dkim_domain": "willow.example"}, "all three"),
    ({"dkim_domain": "willow.example", "dkim_selector": "s", "dkim_key": "no key"}, "PEM"), ({"host": ""}, "required"),
])  # fmt: skip
def test_what_cannot_be_an_account_is_refused_with_its_reason(wrong, said, owner, client_of) -> None:
    answer = client_of(owner).post("/channels/new/smtp/", FORM | wrong)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ChannelAccount.objects.filter(kind="smtp").exists()


def test_a_key_does_not_follow_to_another_server(owner, client_of, actor) -> None:
    client = client_of(owner)
    client.post("/channels/new/smtp/", FORM)
    made = ChannelAccount.objects.get(kind="smtp")
    address = f"/channels/{made.uuid}/edit/"
    form = {name: value for name, value in FORM.items() if name not in {"is_test", "password"}}

    assert client.post(address, form | {"host": "evil.example"}).status_code == 422
    assert client.post(address, form | {"sender_name": "Willow"}).status_code == 302
    made.refresh_from_db()
    assert (made.settings["host"], made.settings["sender_name"]) == ("127.0.0.1", "Willow")
    assert queries.setup_of(made).secrets == {"password": "sesame-open"}


def test_a_test_goes_to_the_outbox_or_out_and_what_went_wrong_is_said(owner, client_of, actor) -> None:
    client, script = client_of(owner), Script()
    with server(script) as port:
        made = testing.mail_account(port, by=actor, is_test=True)
        address = f"/channels/{made.uuid}/"
        shown = client.post(f"{address}try/", {"address": owner.email}, follow=True).content.decode()
        assert "in the outbox" in shown
        assert (OutboxMessage.objects.count(), len(script.letters)) == (1, 0)

        assert client.post(f"{address}test-mode/", {"is_test": "0"}).status_code == 302
        sent = client.post(f"{address}try/", {"address": owner.email}, follow=True).content.decode()
        assert "accepted the test" in sent
        assert [to for _from, to, _data in script.letters] == [owner.email]
        bad = client.post(f"{address}try/", {"address": "a@b.example,c@d.example"}, follow=True).content.decode()
        assert "not one address" in bad
        sending.let_go()
    away = testing.mail_account(free_port(), by=actor)
    assert (
        "does not answer"
        in client.post(f"/channels/{away.uuid}/try/", {"address": owner.email}, follow=True).content.decode()
    )
    away.refresh_from_db()
    assert away.failures == 1
    assert "In trouble" in client.get("/channels/").content.decode()


def test_a_closed_account_loses_its_keys_and_the_next_takes_its_place(owner, client_of, actor) -> None:
    client, fallback = client_of(owner), testing.default("sms")
    first, second = _twilio(actor), _twilio(actor)
    assert [one.pk for one in queries.accounts("sms")] == [first.pk, fallback.pk, second.pk]
    assert client.post(f"/channels/{second.uuid}/prefer/").status_code == 302
    assert queries.accounts("sms")[0].pk == second.pk

    client.post(f"/channels/{second.uuid}/close/")

    second.refresh_from_db()
    assert queries.accounts("sms")[0].pk == first.pk
    assert queries.setup_of(second).secrets == {}
    client.post(f"/channels/{fallback.uuid}/close/")
    assert fallback.pk in [one.pk for one in queries.accounts("sms")]
    for what in ("edit", "try", "close", "prefer", "test-mode"):
        assert client.post(f"/channels/{second.uuid}/{what}/").status_code == 404
    with pytest.raises(BadAccount):
        connecting.set_test(fallback, is_test=False, by=actor, now=NOW)


def test_providers_are_heard_at_an_address_nobody_can_guess(actor) -> None:
    account = connecting.connect(
        "aliyun", "Texts", secrets={"key_secret": "s"}, settings={"key_id": "a", "sign_name": "数客"}, is_test=False,
        by=actor, now=NOW,
    )  # fmt: skip
    report = [{"phone_number": "13812340987", "success": True, "biz_id": "B1", "out_id": "k1"}]
    call = Call("POST", "https://x.example", {}, {}, json.dumps(report).encode())

    for _time in range(2):
        status, reply = api.take("aliyun", account.token, call, now=NOW)
        assert (status, json.loads(reply.body)["code"]) == (200, 0)
    assert [(one.what, one.key) for one in queries.receipts_after(0)] == [("delivered", "k1")]
    assert api.take("aliyun", "x" * 22, call, now=NOW)[0] == 404
    assert api.take("tencent", account.token, call, now=NOW)[0] == 404
    assert api.take("nothing", account.token, call, now=NOW)[0] == 404
    assert api.take("aliyun", account.token, None, now=NOW)[0] == 413
    assert api.take("aliyun", account.token, Call("POST", "", {}, {}, b"no"), now=NOW)[0] == 401
    connecting.close(account, by=actor, now=NOW)
    assert api.take("aliyun", account.token, call, now=NOW)[0] == 404
    assert Receipt.objects.count() == 1
