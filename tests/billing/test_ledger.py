"""The ledger: balanced by construction, append-only, one key one journal, never below a floor."""

import threading
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from billing.accounts import open_account
from billing.books import check
from billing.ledger import InsufficientFunds, Journal, JournalConflict, Transfer, balance_of, post, reverse
from billing.wallets import top_up, wallet_of
from core import clock
from core.database import db
from core.errors import Conflict, Invalid
from core.identity.accounts import found_organisation
from core.ids import derived_id, new_id


@pytest.fixture
def accounts(context: Flask) -> dict[str, UUID]:
    owner = found_organisation("advertiser", "Owner").id
    made = {
        "bank": open_account("bank", None, "USD"),
        "margin": open_account("revenue_margin", None, "USD"),
        "wallet": open_account("wallet", owner, "USD"),
        "other": open_account("wallet", found_organisation("advertiser", "Other").id, "USD"),
    }
    db.session.commit()
    return made


def move(accounts: dict[str, UUID], debit: str, credit: str, amount: int, key: UUID | None = None) -> UUID:
    journal = Journal(key or new_id(), "test", (Transfer(accounts[debit], accounts[credit], amount),), "USD")
    post([journal], clock.now())
    return journal.id


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["bank>wallet", "wallet>other", "wallet>margin", "reverse", "again"]), st.integers(1, 60)
        ),
        max_size=25,
    )
)
def test_the_ledger_follows_a_plain_model(accounts: dict[str, UUID], steps: list[tuple[str, int]]) -> None:
    """Random postings, reversals and repetitions against a dict: the same balances, the same refusals."""
    model = {name: balance_of(account) for name, account in accounts.items()}
    done: list[tuple[UUID, str, str, int]] = []
    reversed_ids: set[UUID] = set()
    for what, amount in steps:
        if what == "reverse":
            if not done or done[-1][0] in reversed_ids:
                continue
            key, debit, credit, amount = done[-1]  # noqa: PLW2901
            if credit in ("wallet", "other") and model[credit] < amount:
                with pytest.raises(InsufficientFunds):
                    reverse(key, derived_id(key, "back"), clock.now(), {})
                db.session.rollback()
                continue
            reverse(key, derived_id(key, "back"), clock.now(), {})
            reversed_ids.add(key)
            debit, credit = credit, debit
        elif what == "again":
            if done:
                key, debit, credit, amount = done[-1]  # noqa: PLW2901
                move(accounts, debit, credit, amount, key)
                db.session.commit()
            continue
        else:
            debit, credit = what.split(">")
            if debit == "wallet" and model["wallet"] < amount:
                with pytest.raises(InsufficientFunds):
                    move(accounts, debit, credit, amount)
                db.session.rollback()
                continue
            done.append((move(accounts, debit, credit, amount), debit, credit, amount))
        db.session.commit()
        model[debit] -= amount
        model[credit] += amount
    assert {name: balance_of(account) for name, account in accounts.items()} == model
    assert sum(model.values()) == 0
    assert check() == []


@pytest.mark.parametrize("table", ["journal", "transfer"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_rows_only_ever_grow(accounts: dict[str, UUID], table: str, statement: str) -> None:
    move(accounts, "bank", "wallet", 5)
    db.session.commit()
    statement = statement.replace("id = id", "journal_id = journal_id") if table == "transfer" else statement
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(statement.format(table)))
    db.session.rollback()


def test_the_books_find_an_edit_by_a_superuser(accounts: dict[str, UUID]) -> None:
    move(accounts, "bank", "wallet", 5)
    db.session.commit()
    sneak = ("SET session_replication_role = replica", "UPDATE transfer SET amount = 6")
    for statement in sneak:
        db.session.execute(text(statement))
    db.session.commit()
    rules = [finding.rule for finding in check()]
    assert rules == ["balances equal the sum of their transfers (2)"]
    for statement in ("SET session_replication_role = replica", "UPDATE transfer SET amount = 5"):
        db.session.execute(text(statement))
    db.session.execute(text("SET session_replication_role = origin"))
    db.session.commit()


def test_a_disabled_guard_and_an_empty_journal_are_found(accounts: dict[str, UUID]) -> None:
    db.session.execute(text("ALTER TABLE journal DISABLE TRIGGER append_only_rows"))
    db.session.execute(
        text("INSERT INTO journal (id, kind, at, request_hash) VALUES (:id, 'x', now(), '')"), {"id": new_id()}
    )
    db.session.commit()
    assert {f.rule for f in check()} == {"what must only grow is guarded (4)", "no journal is empty or partial (6)"}
    db.session.execute(text("DELETE FROM journal"))
    db.session.execute(text("ALTER TABLE journal ENABLE TRIGGER append_only_rows"))
    db.session.commit()


def test_one_key_one_journal(accounts: dict[str, UUID]) -> None:
    key = move(accounts, "bank", "wallet", 5)
    move(accounts, "bank", "wallet", 5, key)
    assert balance_of(accounts["wallet"]) == 5
    with pytest.raises(JournalConflict):
        move(accounts, "bank", "wallet", 6, key)


def test_a_journal_is_reversed_once(accounts: dict[str, UUID]) -> None:
    key = move(accounts, "bank", "wallet", 5)
    back = derived_id(key, "back")
    reverse(key, back, clock.now(), {})
    reverse(key, back, clock.now(), {})
    assert balance_of(accounts["wallet"]) == 0
    with pytest.raises(Conflict):
        reverse(key, new_id(), clock.now(), {})


@pytest.mark.parametrize(("debit", "credit", "amount", "currency"), [
    ("wallet", "wallet", 5, "USD"), ("bank", "wallet", 0, "USD"), ("bank", "wallet", -5, "USD"), ("bank", "wallet", 5, "EUR"),
])  # fmt: skip
def test_the_database_refuses_what_is_no_transfer(
    accounts: dict[str, UUID], debit: str, credit: str, amount: int, currency: str
) -> None:
    journal = Journal(new_id(), "test", (Transfer(accounts[debit], accounts[credit], amount),), currency)
    with pytest.raises((psycopg.IntegrityError, InsufficientFunds)):
        post([journal], clock.now())
    db.session.rollback()


def spend_at_once(app: Flask, accounts: dict[str, UUID], threads: int) -> int:
    """`threads` threads each spend 1 of the wallet; how many got through."""
    won: list[int] = []
    gate = threading.Barrier(threads)

    def spend() -> None:
        with app.app_context():
            gate.wait()
            try:
                move(accounts, "wallet", "margin", 1)
                db.session.commit()
                won.append(1)
            except InsufficientFunds:
                db.session.rollback()

    workers = [threading.Thread(target=spend) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(won)


def test_a_wallet_is_never_overdrawn_by_a_race(context: Flask, accounts: dict[str, UUID]) -> None:
    move(accounts, "bank", "wallet", 7)
    db.session.commit()
    assert spend_at_once(context, accounts, 20) == 7
    assert balance_of(accounts["wallet"]) == 0


def test_without_the_floor_the_race_overdraws(context: Flask, accounts: dict[str, UUID]) -> None:
    """The control: take the guard away and the test above would fail."""
    move(accounts, "bank", "wallet", 7)
    db.session.execute(text("ALTER TABLE balance DROP CONSTRAINT ck__balance__floor"))
    db.session.commit()
    assert spend_at_once(context, accounts, 20) == 20
    db.session.rollback()
    assert [f.rule for f in check()] == ["no account is below its floor (3)"]
    move(accounts, "bank", "wallet", 13)
    db.session.commit()


def test_top_up_counts_once_and_refuses_nonsense(context: Flask) -> None:
    owner = found_organisation("advertiser", "Rich").id
    open_account("wallet", owner, "USD")
    key = new_id()
    top_up(owner, 5_000_000, "cash", key)
    top_up(owner, 5_000_000, "cash", key)
    db.session.commit()
    assert wallet_of(owner).available == 5_000_000
    for amount in (0, -1, 10**16):
        with pytest.raises(Invalid):
            top_up(owner, amount, "cash", new_id())
