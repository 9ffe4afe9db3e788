"""Commissions: earned with a sale, held while the sale may be returned, then approved for payout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from flask import current_app
from sqlalchemy import func, select

from affiliates.models import Commission
from billing.accounts import open_account
from billing.books import register_check
from billing.ledger import Journal, Transfer, post
from core import clock
from core.arrays import moments, numbers, uuids
from core.database import db
from core.ids import derived_id, public_id
from core.jobs import job

RELEASE_BATCH = 500


@dataclass(frozen=True, slots=True)
class Earned:
    """A commission to write: `amount` micros for a publisher, payable after `release_at` (UTC)."""

    sale_id: UUID
    publisher_id: UUID
    amount: int
    release_at: datetime


def write_earned(connection: "psycopg.Connection[Any]", earned: Sequence[Earned]) -> None:
    """Write new commissions in the selling transaction; their money is in the sale's journal."""
    connection.execute(
        """INSERT INTO commission (sale_id, publisher_id, amount, status, release_at)
           SELECT sale, publisher, amount, 'held', release_at
           FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::timestamptz[])
                AS e(sale, publisher, amount, release_at)""",
        [
            uuids(e.sale_id for e in earned),
            uuids(e.publisher_id for e in earned),
            numbers(e.amount for e in earned),
            moments(e.release_at for e in earned),
        ],
        prepare=True,
    )


@dataclass(frozen=True, slots=True)
class Earnings:
    """A publisher's commissions in micros, by status."""

    held: int
    approved: int
    paid: int
    reversed: int


def earnings_of(publisher_id: UUID) -> Earnings:
    """What the publisher has earned so far."""
    rows = db.session.execute(
        select(Commission.status, func.sum(Commission.amount))
        .where(Commission.publisher_id == publisher_id)
        .group_by(Commission.status)
    )
    sums = {status: int(amount) for status, amount in rows}
    return Earnings(*(sums.get(status, 0) for status in ("held", "approved", "paid", "reversed")))


@job("commissions.release", cron="*/10 * * * *")
def release_due() -> None:
    """Approve commissions whose hold is over: one journal each, from held to payable."""
    while release_some(clock.now()):
        db.session.commit()


def release_some(now: datetime) -> int:
    """Approve up to RELEASE_BATCH commissions due at `now`; returns how many. Safe to run twice at once."""
    due = db.session.scalars(
        select(Commission)
        .where(Commission.status == "held", Commission.release_at <= now)
        .order_by(Commission.sale_id)
        .limit(RELEASE_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    currency = current_app.config["FAIRLEAD"].currency
    accounts = {
        (kind, publisher): open_account(kind, publisher, currency)
        for publisher in {c.publisher_id for c in due}
        for kind in ("commission_held", "commission_payable")
    }
    journals = []
    for commission in due:
        commission.status = "approved"
        held = accounts["commission_held", commission.publisher_id]
        payable = accounts["commission_payable", commission.publisher_id]
        transfer = Transfer(held, payable, commission.amount)
        about = {"sale": public_id("sale", commission.sale_id)}
        key = derived_id(commission.sale_id, "release")
        journals.append(Journal(key, "commission.release", (transfer,), currency, about=about))
    post(journals, now)
    return len(due)


register_check(
    "commissions equal the publishers' accounts",
    """
    SELECT a.owner_id AS publisher, a.kind, b.credit - b.debit AS booked, COALESCE(c.amount, 0) AS commissions
    FROM account a JOIN balance b ON b.account_id = a.id
    LEFT JOIN (SELECT publisher_id, status, sum(amount) AS amount FROM commission GROUP BY 1, 2) c
      ON c.publisher_id = a.owner_id
     AND c.status = CASE a.kind WHEN 'commission_held' THEN 'held' ELSE 'approved' END
    WHERE a.kind IN ('commission_held', 'commission_payable') AND b.credit - b.debit <> COALESCE(c.amount, 0)""",
)
