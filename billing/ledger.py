"""The only writer of the ledger.

A transfer debits one account and credits another by the same amount, so books balance by construction.
Rows are never changed (a trigger sees to it); corrections are reversals. A journal's id is its idempotency
key: the id of what it books (a sale, a top-up), or one derived from it. Amounts are micros. Source of the
model: TigerBeetle's and pgledger's two-legged transfers, as measured in the project's notes on money.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.errors import CheckViolation
from sqlalchemy import select

from billing.models import JournalEntry, TransferRow
from core import versions
from core.arrays import blobs, numbers, texts, uuids
from core.database import db, driver
from core.errors import Conflict, DomainError, FieldError, NotFound


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount` micros from one account (debit) to another (credit)."""

    debit: UUID
    credit: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Journal:
    """Transfers to post together under the key `id`. `about` names what it is for: JSON, no personal data."""

    id: UUID
    kind: str
    transfers: tuple[Transfer, ...]
    currency: str
    reverses: UUID | None = None
    about: dict[str, Any] = field(default_factory=dict)

    def request_hash(self) -> bytes:
        """What makes two postings under one key the same."""
        legs = ";".join(f"{t.debit.hex}{t.credit.hex}{t.amount}" for t in self.transfers)
        return hashlib.sha256(f"{self.kind}|{self.currency}|{self.reverses}|{legs}".encode()).digest()[:16]


class InsufficientFunds(DomainError):
    """An account would have gone below its floor."""

    status, code, title = 409, "insufficient_funds", "There is not enough money in the account"


class JournalConflict(Conflict):
    """The key was used for another journal."""

    code, title = "journal_conflict", "This key already belongs to another journal"


# Rows are locked class by class, then by id, whatever the plan: every writer takes them in the same order.
_LOCK_BALANCES = """
SELECT b.account_id, b.credit - b.debit - b.pending - COALESCE(b.floor, 0)
FROM balance b JOIN account a ON a.id = b.account_id
WHERE b.account_id = ANY(%(accounts)s::uuid[])
ORDER BY array_position(ARRAY['wallet', 'commission_held', 'commission_payable'], a.kind), b.account_id
FOR NO KEY UPDATE OF b"""

# One statement writes what is new: journals, their transfers and the balances they move. What was posted before
# is left alone, so posting again changes nothing.
_POST = """
WITH new AS (
    INSERT INTO journal (id, kind, at, request_hash, reverses_id, about)
    SELECT id, kind, %(at)s, hash, reverses, about::jsonb
    FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(hashes)s::bytea[], %(reverses)s::uuid[], %(about)s::text[])
         AS j(id, kind, hash, reverses, about)
    ON CONFLICT (id) DO NOTHING RETURNING id),
legs AS (
    SELECT l.* FROM new JOIN unnest(%(journals)s::uuid[], %(positions)s::smallint[], %(debits)s::uuid[],
                                    %(credits)s::uuid[], %(amounts)s::bigint[], %(currencies)s::text[])
         AS l(journal, position, debit, credit, amount, currency) ON l.journal = new.id),
written AS (
    INSERT INTO transfer (journal_id, position, debit_account_id, credit_account_id, amount, currency)
    SELECT * FROM legs),
sums AS (
    SELECT account, sum(debit) AS debit, sum(credit) AS credit, count(*) AS legs
    FROM (SELECT debit AS account, amount AS debit, 0 AS credit FROM legs
          UNION ALL SELECT credit, 0, amount FROM legs) AS sides
    GROUP BY account),
moved AS (
    UPDATE balance b SET debit = b.debit + s.debit, credit = b.credit + s.credit, legs = b.legs + s.legs
    FROM sums s WHERE b.account_id = s.account)
SELECT id FROM new"""


def lock_balances(connection: "psycopg.Connection[Any]", accounts: Iterable[UUID]) -> "psycopg.Cursor[Any]":
    """Lock the balance rows of these accounts, in the order all writers use, until the transaction ends.

    The cursor's rows are (account id, micros above the floor); accounts without a balance row are left out.
    In a pipeline, read them after it.
    """
    return connection.execute(_LOCK_BALANCES, {"accounts": uuids(set(accounts))}, prepare=True)


def post(journals: Sequence[Journal], at: datetime, connection: "psycopg.Connection[Any] | None" = None) -> list[UUID]:
    """Write journals in the session's transaction; returns the ids that were new.

    A journal posted before with the same contents is left as it is, so posting may be repeated.
    Raises InsufficientFunds where an account would pass its floor, JournalConflict where a key was used
    for something else, ValueError for a journal without transfers.
    """
    if not all(journal.transfers for journal in journals):
        raise ValueError("a journal has at least one transfer")
    if not journals:
        return []
    if connection is None:
        db.session.flush()
    raw = connection or driver()
    try:
        with raw.pipeline():
            posted = _send(raw, journals, at)
    except CheckViolation as error:
        if error.diag.constraint_name == "ck__balance__floor":
            raise InsufficientFunds() from error
        raise
    new = {row[0] for row in posted.fetchall()}
    if len(new) < len(journals):
        _compare(raw, [journal for journal in journals if journal.id not in new])
    return [journal.id for journal in journals if journal.id in new]


def post_new(journals: Sequence[Journal], at: datetime, connection: "psycopg.Connection[Any]") -> None:
    """Write journals under keys that were made just now, so that none can have been posted before.

    Meant for a pipeline: it waits for nothing, and whatever fails is raised where the pipeline is read or ends.
    """
    _send(connection, journals, at)


def _send(connection: "psycopg.Connection[Any]", journals: Sequence[Journal], at: datetime) -> "psycopg.Cursor[Any]":
    lock_balances(connection, {account for j in journals for t in j.transfers for account in (t.debit, t.credit)})
    return connection.execute(_POST, _parameters(journals, at), prepare=True)


def _parameters(journals: Sequence[Journal], at: datetime) -> dict[str, Any]:
    legs = [(j, position, t) for j in journals for position, t in enumerate(j.transfers)]
    return {
        "at": at,
        "ids": uuids(j.id for j in journals),
        "kinds": texts(j.kind for j in journals),
        "hashes": blobs(j.request_hash() for j in journals),
        "reverses": uuids(j.reverses for j in journals),
        "about": texts(json.dumps(j.about) for j in journals),
        "journals": uuids(j.id for j, _, _ in legs),
        "positions": numbers(position for _, position, _ in legs),
        "debits": uuids(t.debit for _, _, t in legs),
        "credits": uuids(t.credit for _, _, t in legs),
        "amounts": numbers(t.amount for _, _, t in legs),
        "currencies": texts(j.currency for j, _, _ in legs),
    }


def _compare(raw: "psycopg.Connection[Any]", journals: Sequence[Journal]) -> None:
    """Refuse a key that was used for other contents."""
    rows = raw.execute("SELECT id, request_hash FROM journal WHERE id = ANY(%s)", [[j.id for j in journals]])
    stored = dict(rows.fetchall())
    for journal in journals:
        if bytes(stored[journal.id]) != journal.request_hash():
            raise JournalConflict(f"journal {journal.id}")


def reverse(original: UUID, key: UUID, at: datetime, about: dict[str, Any]) -> None:
    """Post the mirror image of a journal under the new key `key`.

    Raises NotFound for an unknown journal, Conflict where it was reversed before under another key,
    InsufficientFunds where an account no longer holds what is to be taken back.
    """
    entry = db.session.get(JournalEntry, original)
    if entry is None:
        raise NotFound()
    earlier = db.session.scalar(select(JournalEntry.id).where(JournalEntry.reverses_id == original))
    if earlier not in (None, key):
        raise Conflict(errors=[FieldError("journal", "reversed", "was reversed before")])
    rows = db.session.scalars(
        select(TransferRow).where(TransferRow.journal_id == original).order_by(TransferRow.position)
    ).all()
    mirrored = tuple(Transfer(row.credit_account_id, row.debit_account_id, row.amount) for row in rows)
    kind = f"{entry.kind}.reversal"
    if post([Journal(key, kind, mirrored, rows[0].currency, reverses=original, about=about)], at):
        versions.bump("funds")


def balance_of(account_id: UUID) -> int:
    """What an account holds in micros, credits less debits, added up from its transfers."""
    total = (
        driver()
        .execute(
            """SELECT COALESCE((SELECT sum(amount) FROM transfer WHERE credit_account_id = %(a)s), 0)
                - COALESCE((SELECT sum(amount) FROM transfer WHERE debit_account_id = %(a)s), 0)""",
            {"a": account_id},
        )
        .fetchone()
    )
    assert total is not None
    return int(total[0])
