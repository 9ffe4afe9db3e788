"""People: signing in, invitations and resets by real SMTP, keys, doors between the portals, the audit log."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from core.audit import AuditEvent
from core.database import db
from core.errors import Conflict, Invalid
from core.identity import accounts
from core.identity.accounts import TokenRefused, add_member, link_token, member_of_token, set_password
from core.identity.models import ApiKey, Member
from core.ids import new_id
from core.jobs import run_worker
from tests.market import PASSWORD, Market
from tests.pages import post, sign_in


class Mailbox:
    """An SMTP server's handler that keeps what it is sent."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    """A real SMTP server on this machine, which the application is told to use."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    before = app.config["FAIRLEAD"]
    app.config["FAIRLEAD"] = replace(before, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
    yield box
    app.config["FAIRLEAD"] = before
    controller.stop()


def work(app: Flask) -> None:
    db.session.rollback()
    run_worker(app, until_empty=True)
    db.session.expire_all()


def link_in(mail: Any) -> str:
    found = re.search(r"http://\S+?(/(?:invitation|reset)/\S+)", mail.get_content())
    assert found
    return found[1]


def test_an_invited_member_sets_a_password_and_comes_in(market: Market, client: FlaskClient, mailbox: Mailbox) -> None:
    add_member(market.publisher, "New@Example.com", "New Person")
    db.session.commit()
    work(client.application)
    (mail,) = mailbox.mails
    assert mail["To"] == "New@Example.com" and mail["Subject"]
    link = link_in(mail)
    assert "token" not in str(db.session.execute(text("SELECT args FROM procrastinate_jobs")).all())
    short = post(client, link, password="short", again="short")
    assert short.status_code == 200 and "At least 12 characters" in short.text
    done = post(client, link, password=PASSWORD, again=PASSWORD)
    assert done.status_code == 302
    assert client.get("/publisher/").status_code == 200
    assert client.get(link).status_code == 410, "a link works once"
    assert client.get("/invitation/forged").status_code == 410


def test_a_forgotten_password_is_reset_and_ends_other_sessions(
    market: Market, client: FlaskClient, mailbox: Mailbox
) -> None:
    market.member(market.publisher, "ada@example.com")
    elsewhere = client.application.test_client()
    sign_in(elsewhere, "ADA@example.com")
    for address in ("ada@example.com", "nobody@example.com"):
        answer = post(client, "/forgotten", email=address)
        assert answer.status_code == 302
    work(client.application)
    (mail,) = mailbox.mails
    post(client, link_in(mail), password="another good password", again="another good password")
    assert elsewhere.get("/publisher/").status_code == 302
    assert sign_in(client.application.test_client(), "ada@example.com", "another good password").status_code == 302


def test_a_wrong_password_says_so_and_keeps_what_was_typed(market: Market, client: FlaskClient) -> None:
    market.member(market.publisher, "ada@example.com")
    for address in ("ada@example.com", "nobody@example.com"):
        answer = sign_in(client, address, "wrong wrong wrong")
        assert answer.status_code == 422 and "do not belong together" in answer.text and address in answer.text


def test_guessing_is_slowed_down(market: Market, client: FlaskClient) -> None:
    answers = [sign_in(client, "ada@example.com", f"guess {n}") for n in range(21)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) > 0


def test_going_back_never_leaves_the_house(market: Market, client: FlaskClient) -> None:
    market.member(market.publisher, "ada@example.com")
    for target, lands in (
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/publisher/leads", "/publisher/leads"),
    ):
        answer = sign_in(client.application.test_client(), "ada@example.com", path=f"/sign-in?next={target}")
        assert answer.headers["Location"] == lands


def test_forms_need_their_token(market: Market, client: FlaskClient) -> None:
    assert client.post("/sign-in", data={"email": "a@example.com", "password": "x"}).status_code == 400


@pytest.mark.parametrize("role", ["publisher", "advertiser", "network"])
def test_each_role_has_its_own_door(market: Market, client: FlaskClient, role: str) -> None:
    own = {"publisher": "/publisher/", "advertiser": "/advertiser/", "network": "/admin/"}
    assert client.get(own[role]).status_code == 302, "sign in first"
    organisation = market.organisation(role)
    market.member(organisation, "ada@example.com")
    sign_in(client, "ada@example.com")
    assert client.get("/").headers["Location"] == own[role]
    assert {who: client.get(path).status_code for who, path in own.items()} == {
        w: 200 if w == role else 404 for w in own
    }


def test_a_suspended_organisation_is_out_at_once(market: Market, client: FlaskClient) -> None:
    market.member(market.publisher, "ada@example.com")
    sign_in(client, "ada@example.com")
    assert client.get("/publisher/").status_code == 200
    accounts.set_status(market.publisher, "suspended")
    db.session.commit()
    assert client.get("/publisher/").status_code == 302


def test_keys_are_shown_once_and_stored_hashed(market: Market, client: FlaskClient) -> None:
    market.member(market.publisher, "ada@example.com")
    sign_in(client, "ada@example.com")
    page = post(client, "/keys", name="website", mode="live")
    secret = re.search(r"fl_live_[\w-]{43}", page.text)
    assert secret and secret[0] not in client.get("/keys").text
    stored = db.session.scalars(select(ApiKey)).one()
    assert secret[0] not in str(vars(stored)) and stored.hint == secret[0][:12]
    headers = {"Authorization": f"Bearer {secret[0]}"}
    assert client.get("/v1/leads", headers=headers).status_code == 200
    assert post(client, f"/keys/{stored.id}/revoke").status_code == 302
    assert client.get("/v1/leads", headers=headers).status_code == 401


def test_nobody_revokes_anothers_key(market: Market, client: FlaskClient) -> None:
    market.key(market.publisher)
    key_id = db.session.scalars(select(ApiKey.id)).one()
    market.member(market.organisation("publisher"), "eve@example.com")
    sign_in(client, "eve@example.com")
    assert post(client, f"/keys/{key_id}/revoke").status_code == 404
    assert post(client, f"/keys/{new_id()}/revoke").status_code == 404


def test_members_are_checked_whole(market: Market) -> None:
    with pytest.raises(Invalid) as caught:
        add_member(market.publisher, "nonsense", " ", "short")
    assert {e.field for e in caught.value.errors} == {"email", "name", "password"}
    market.member(market.publisher, "ada@example.com")
    with pytest.raises(Conflict):
        add_member(market.publisher, "ADA@example.com", "Again", PASSWORD)


def test_links_die_with_age_purpose_and_password(
    market: Market, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = market.member(market.publisher, "ada@example.com")
    token = link_token(member, "reset")
    assert member_of_token(token, "reset").id == member.id
    with pytest.raises(TokenRefused):
        member_of_token(token, "invitation")
    monkeypatch.setattr(accounts, "RESET_SECONDS", -1)
    with pytest.raises(TokenRefused):
        member_of_token(token, "reset")
    monkeypatch.undo()
    set_password(db.session.get_one(Member, member.id), "another good password")
    with pytest.raises(TokenRefused):
        member_of_token(token, "reset")


def test_the_audit_log_tells_and_only_grows(market: Market) -> None:
    market.member(market.publisher, "ada@example.com")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "member.added")).one()
    assert event.actor == "system" and event.after["email"] == "ada@example.com"
    for statement in ("UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"):
        with pytest.raises(Exception, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()
