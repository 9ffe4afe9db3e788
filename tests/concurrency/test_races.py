"""Races on real connections: caps, duplicates and wallets hold; without their guards they would not."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from billing import ledger
from core.database import db
from marketplace.leads import duplicates, selling
from marketplace.leads.pipeline import submit_all
from marketplace.leads.submission import Submission
from marketplace.sales.models import Sale
from tests.market import Market, person

THREADS = 20


def at_once(app: Flask, submissions: Sequence[Submission]) -> Counter[str]:
    """Submit from many threads at once, each lead in a transaction of its own; the verdicts counted.

    The combiner is left aside on purpose: it would put them into few batches.
    """
    verdicts: Counter[str] = Counter()
    gate = threading.Barrier(THREADS)
    db.session.rollback()

    def run(mine: Sequence[Submission]) -> None:
        with app.app_context():
            gate.wait()
            for submission in mine:
                (result,) = submit_all([submission])
                verdicts[type(result).__name__ if isinstance(result, Exception) else result.answer["status"]] += 1

    threads = [threading.Thread(target=run, args=(submissions[n::THREADS],)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return verdicts


def sold() -> int:
    return db.session.scalar(select(func.count()).select_from(Sale)) or 0


def unlocked(statement: str) -> str:
    """A statement without its lock."""
    stripped = statement.replace("FOR NO KEY UPDATE OF b", "").replace("FOR NO KEY UPDATE", "")
    assert stripped != statement
    return stripped


@pytest.fixture
def race(market: Market, context: Flask) -> Callable[[int, Callable[[int], dict[str, Any]]], Counter[str]]:
    def run(count: int, body: Callable[[int], dict[str, Any]]) -> Counter[str]:
        return at_once(context, [market.submission(body(n)) for n in range(count)])

    return run


def fresh(_: int) -> dict[str, Any]:
    return person()


@pytest.mark.slow
def test_a_cap_of_100_sells_exactly_100_of_500(market: Market, race: Any) -> None:
    market.order(market.advertiser("1000000"), day_leads_cap=100)
    assert race(500, fresh) == {"sold": 100, "held": 400}
    assert sold() == 100


@pytest.mark.slow
def test_without_the_lock_the_cap_is_passed(market: Market, race: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same race with the orders' lock taken away oversells."""
    monkeypatch.setattr(selling, "_LOCK_ORDERS", unlocked(selling._LOCK_ORDERS))
    monkeypatch.setattr(ledger, "_LOCK_BALANCES", unlocked(ledger._LOCK_BALANCES))
    market.order(market.advertiser("1000000"), day_leads_cap=100)
    race(500, fresh)
    assert sold() > 100


@pytest.mark.slow
def test_50_copies_of_one_lead_sell_once(market: Market, race: Any) -> None:
    market.order(market.advertiser())
    body = person()
    assert race(50, lambda _: body) == {"sold": 1, "duplicate": 49}
    assert sold() == 1


@pytest.mark.slow
def test_without_the_unique_claim_copies_sell_again(market: Market, race: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: claims that do not exclude each other let copies through."""
    db.session.execute(text("ALTER TABLE contact_claim DROP CONSTRAINT pk__contact_claim"))
    db.session.commit()
    statement = duplicates._CLAIM
    plain = statement[: statement.index("ON CONFLICT")] + "RETURNING lead_id, contact_hash"
    monkeypatch.setattr(duplicates, "_CLAIM", plain)
    market.order(market.advertiser())
    body = person()
    race(50, lambda _: body)
    assert sold() > 1


@pytest.mark.slow
def test_money_for_10_never_sells_11(market: Market, race: Any) -> None:
    advertiser = market.advertiser("100")
    market.order(advertiser, "10")
    market.order(advertiser, "10", filter={"all": [{"field": "job", "in": ["pilot"]}]})
    assert race(100, fresh) == {"sold": 10, "held": 90}
    assert (sold(), market.funds(advertiser)) == (10, 0)


@pytest.mark.slow
def test_the_floor_holds_even_without_the_locks(market: Market, race: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second guard by itself: the database refuses what the allocation would oversell."""
    monkeypatch.setattr(ledger, "_LOCK_BALANCES", unlocked(ledger._LOCK_BALANCES))
    monkeypatch.setattr(selling, "_LOCK_ORDERS", unlocked(selling._LOCK_ORDERS))
    advertiser = market.advertiser("100")
    market.order(advertiser, "10")
    race(100, fresh)
    assert sold() == 10


@pytest.mark.slow
def test_without_locks_and_floor_the_wallet_is_overdrawn(
    market: Market, race: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both guards away, and 11 are sold."""
    monkeypatch.setattr(ledger, "_LOCK_BALANCES", unlocked(ledger._LOCK_BALANCES))
    monkeypatch.setattr(selling, "_LOCK_ORDERS", unlocked(selling._LOCK_ORDERS))
    db.session.execute(text("ALTER TABLE balance DROP CONSTRAINT ck__balance__floor"))
    db.session.commit()
    advertiser = market.advertiser("100")
    market.order(advertiser, "10")
    race(200, fresh)
    assert sold() > 10
    # Make the books right again, so that only the missing guard is on trial.
    from billing.wallets import top_up
    from core.ids import new_id

    top_up(advertiser.id, 10_000_000_000, "repair", new_id())
    db.session.commit()


@pytest.mark.slow
def test_mixed_batches_meet_without_deadlock(market: Market, context: Flask) -> None:
    """Many orders, wallets and shared contacts, in batches of all sizes at once: every lead gets its verdict."""
    for _ in range(12):
        advertiser = market.advertiser("300")
        for price in ("5", "7", "11"):
            market.order(advertiser, price, total_leads_cap=25)
    bodies = [person(5_000 + n % 300) for n in range(600)]
    submissions = [market.submission(body) for body in bodies]
    db.session.rollback()
    statuses: Counter[str] = Counter()

    def run(offset: int) -> None:
        with context.app_context():
            for start in range(offset * 75, offset * 75 + 75, 15):
                for result in submit_all(submissions[start : start + 15]):
                    statuses[type(result).__name__ if isinstance(result, Exception) else result.answer["status"]] += 1

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(statuses.values()) == 600 and statuses["duplicate"] == 300
    assert set(statuses) <= {"sold", "held", "duplicate"}
