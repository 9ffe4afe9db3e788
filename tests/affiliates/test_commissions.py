"""Commissions: held with the sale, approved when the hold is over, once."""

import threading
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import func, select, update

from affiliates.commissions import earnings_of, release_due, release_some
from affiliates.models import Commission
from billing.books import check
from billing.ledger import balance_of
from billing.models import Account, JournalEntry
from core.database import db
from tests.market import Market, person

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def accounts(market: Market) -> dict[str, int]:
    rows = db.session.execute(select(Account.kind, Account.id).where(Account.owner_id == market.publisher_id))
    return {kind: balance_of(identifier) for kind, identifier in rows}


def test_a_commission_is_approved_when_its_hold_is_over(market: Market, context: Flask) -> None:
    context.extensions["clock"] = lambda: MOMENT
    market.order(market.advertiser())
    market.send(person(), person())
    assert earnings_of(market.publisher_id).held == 12_000_000
    assert release_some(MOMENT + timedelta(days=13, hours=23)) == 0
    context.extensions["clock"] = lambda: MOMENT + timedelta(days=14)
    release_due()
    db.session.commit()
    earned = earnings_of(market.publisher_id)
    assert (earned.held, earned.approved, earned.paid, earned.reversed) == (0, 12_000_000, 0, 0)
    assert accounts(market) == {"commission_held": 0, "commission_payable": 12_000_000}
    assert release_some(MOMENT + timedelta(days=99)) == 0


def test_two_releases_at_once_approve_each_commission_once(market: Market, context: Flask) -> None:
    context.extensions["clock"] = lambda: MOMENT
    market.order(market.advertiser("100000"))
    market.send(*(person() for _ in range(60)))
    db.session.rollback()

    def run() -> None:
        with context.app_context():
            release_some(MOMENT + timedelta(days=15))
            db.session.commit()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    released = select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "commission.release")
    assert db.session.scalar(released) == 60
    assert accounts(market)["commission_payable"] == 60 * 6_000_000


def test_the_books_find_a_commission_without_its_money(market: Market) -> None:
    market.order(market.advertiser())
    market.send(person())
    for amount, rules in ((1, ["commissions equal the publishers' accounts"]), (6_000_000, [])):
        db.session.execute(update(Commission).values(amount=amount))
        db.session.commit()
        assert [finding.rule for finding in check()] == rules
