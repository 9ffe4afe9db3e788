"""Commands: the demo market, creating people, checking the books."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.database import db
from core.identity.accounts import member_by_email, member_with_password
from core.identity.models import Organisation
from marketplace.leads.models import Lead
from marketplace.orders.models import Order
from tests.market import PASSWORD, Market


def run(app: Flask, *arguments: str, **options: str) -> tuple[int, str]:
    db.session.rollback()
    done = app.test_cli_runner().invoke(args=list(arguments), **options)
    db.session.rollback()
    return done.exit_code, done.output + done.stderr


@pytest.mark.slow
def test_the_demo_is_lively_made_once_and_in_order(context: Flask) -> None:
    told = Path(context.config["FAIRLEAD"].instance) / "demo.json"
    told.unlink(missing_ok=True)
    code, said = run(context, "demo", "--leads", "400")
    assert code == 0, said
    kinds = dict(db.session.execute(select(Organisation.kind, func.count()).group_by(Organisation.kind)).all())
    assert kinds == {"publisher": 20, "advertiser": 12, "network": 1}
    assert db.session.scalar(select(func.count()).select_from(Order)) == 60
    verdicts = dict(db.session.execute(select(Lead.status, func.count()).group_by(Lead.status)).all())
    assert set(verdicts) == {"sold", "held", "duplicate", "rejected"} and verdicts["sold"] > 200
    logins = json.loads(told.read_text())
    assert told.stat().st_mode & 0o777 == 0o600
    for role in ("publisher", "advertiser", "admin"):
        assert member_with_password(logins[role]["email"], logins[role]["password"]) is not None
        key = {"Authorization": f"Bearer {logins[role]['api_key']}"}
        assert context.test_client().get("/v1/verticals", headers=key).status_code == 200
    assert run(context, "demo")[0] == 0
    assert sum(dict(db.session.execute(select(Lead.status, func.count()).group_by(Lead.status)).all()).values()) == sum(
        verdicts.values()
    )
    code, said = run(context, "books", "check")
    assert code == 0 and "BROKEN" not in said and len(re.findall(r"^ok", said, re.MULTILINE)) >= 9


def test_people_are_created_with_clear_errors(market: Market, context: Flask) -> None:
    base = ["user", "create", "--kind", "advertiser", "--organisation", "New Buyer", "--name", "Ada"]
    code, said = run(context, *base, "--email", "ada@example.com", "--password", PASSWORD)
    assert code == 0, said
    member = member_by_email("ada@example.com")
    assert member is not None and member.organisation.kind == "advertiser"
    code, said = run(context, *base, "--email", "nonsense", "--password", "short")
    assert code == 1 and "email" in said and "password" in said
    code, said = run(context, *base, "--email", "bob@example.com", "--invite")
    assert code == 0 and member_by_email("bob@example.com").status == "invited"  # type: ignore[union-attr]
