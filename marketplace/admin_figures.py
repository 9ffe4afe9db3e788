"""What the admins' overview counts, over all publishers and advertisers. Test leads are never among it.

Lead ids sort by time, and sales carry their lead's id: a lower bound on the id keeps every query to its days.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.database import db
from core.periods import start_of

DAYS = 30
MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day (UTC) of the market: leads by verdict, and the sales of these leads in micros."""

    day: date
    sold: int
    held: int
    duplicate: int
    rejected: int
    volume: int
    margin: int

    @property
    def received(self) -> int:
        """All leads of the day."""
        return self.sold + self.held + self.duplicate + self.rejected


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """A reason for which leads were rejected: the field it concerns, an example of the message, how many leads."""

    code: str
    field: str | None
    message: str
    leads: int


@dataclass(frozen=True, slots=True)
class PublisherFigures:
    """A publisher's leads: how many came, were sold, were duplicates; what they earned it and left to the platform."""

    organisation_id: UUID
    name: str
    received: int
    sold: int
    duplicate: int
    payout: int
    margin: int


@dataclass(frozen=True, slots=True)
class AdvertiserFigures:
    """An advertiser's purchases, the orders it has open, and what its wallet still holds."""

    organisation_id: UUID
    name: str
    bought: int
    spend: int
    orders: int
    wallet: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The platform as it stands: money it holds for others, and work that is due or has failed."""

    commissions_held: int
    commissions_payable: int
    wallets: int
    deliveries_failed: int
    deliveries_late: int
    jobs_waiting: int
    jobs_failed: int


_BY_DAY = text("""
WITH days AS (
    SELECT generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day')::date AS day),
leads AS (
    SELECT (received_at AT TIME ZONE 'UTC')::date AS day,
           count(*) FILTER (WHERE status = 'sold') AS sold, count(*) FILTER (WHERE status = 'held') AS held,
           count(*) FILTER (WHERE status = 'duplicate') AS duplicate,
           count(*) FILTER (WHERE status = 'rejected') AS rejected,
           sum(price) AS volume, sum(price - payout) AS margin
    FROM lead WHERE id >= :lowest AND received_at >= :since AND NOT is_test GROUP BY 1)
SELECT d.day, COALESCE(l.sold, 0), COALESCE(l.held, 0), COALESCE(l.duplicate, 0), COALESCE(l.rejected, 0),
       COALESCE(l.volume, 0)::bigint, COALESCE(l.margin, 0)::bigint
FROM days d LEFT JOIN leads l ON l.day = d.day ORDER BY d.day""")

_REASONS = text("""
SELECT r ->> 'code', r ->> 'field', min(r ->> 'message'), count(DISTINCT l.id)
FROM lead l CROSS JOIN jsonb_array_elements(l.reasons) AS r
WHERE l.id >= :lowest AND l.received_at >= :since AND l.status = 'rejected' AND NOT l.is_test
GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT :most""")

_PUBLISHERS = text("""
SELECT o.id, o.name, l.received, l.sold, l.duplicate, l.payout, l.margin FROM (
    SELECT publisher_id, count(*) AS received, count(*) FILTER (WHERE status = 'sold') AS sold,
           count(*) FILTER (WHERE status = 'duplicate') AS duplicate,
           sum(payout)::bigint AS payout, sum(price - payout)::bigint AS margin
    FROM lead WHERE id >= :lowest AND received_at >= :since AND NOT is_test
    GROUP BY 1 ORDER BY 2 DESC LIMIT :most) AS l
JOIN organisation o ON o.id = l.publisher_id ORDER BY l.received DESC, o.name""")

_ADVERTISERS = text("""
SELECT o.id, o.name, s.bought, s.spend,
       (SELECT count(*) FROM "order" WHERE advertiser_id = o.id AND status = 'active'),
       COALESCE((SELECT sum(b.credit - b.debit - b.pending) FROM account a JOIN balance b ON b.account_id = a.id
                 WHERE a.owner_id = o.id AND a.kind = 'wallet'), 0)::bigint
FROM (SELECT advertiser_id, count(*) AS bought, sum(price)::bigint AS spend
      FROM sale WHERE lead_id >= :lowest AND sold_at >= :since
      GROUP BY 1 ORDER BY 3 DESC LIMIT :most) AS s
JOIN organisation o ON o.id = s.advertiser_id ORDER BY s.spend DESC, o.name""")

_STANDING = text("""
WITH held AS (
    SELECT a.kind, sum(b.credit - b.debit)::bigint AS amount
    FROM account a JOIN balance b ON b.account_id = a.id GROUP BY 1),
jobs AS (
    SELECT count(*) FILTER (WHERE status IN ('todo', 'doing')) AS waiting,
           count(*) FILTER (WHERE status = 'failed') AS failed
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')),
late AS (
    SELECT count(*) FILTER (WHERE delivery = 'failed') AS failed,
           count(*) FILTER (WHERE delivery = 'pending' AND EXISTS (
               SELECT 1 FROM delivery_attempt t WHERE (t.lead_id, t.sale_id) = (s.lead_id, s.id))) AS late
    FROM sale s WHERE lead_id >= :lowest AND delivery IN ('failed', 'pending'))
SELECT COALESCE((SELECT amount FROM held WHERE kind = 'commission_held'), 0),
       COALESCE((SELECT amount FROM held WHERE kind = 'commission_payable'), 0),
       COALESCE((SELECT amount FROM held WHERE kind = 'wallet'), 0),
       late.failed, late.late, jobs.waiting, jobs.failed
FROM jobs, late""")


def figures_by_day(today: date) -> list[DayFigures]:
    """The last DAYS days up to `today`, oldest first, days without leads included."""
    first = today - timedelta(days=DAYS - 1)
    rows = db.session.execute(_BY_DAY, {"first": first, "last": today, **_since(today)})
    return [DayFigures(*row) for row in rows]


def refusal_reasons(today: date) -> list[RefusalReason]:
    """The most frequent reasons for rejection over the last DAYS days, most frequent first."""
    return [RefusalReason(*row) for row in db.session.execute(_REASONS, {"most": MOST_ROWS, **_since(today)})]


def busiest_publishers(today: date) -> list[PublisherFigures]:
    """The publishers who sent most leads over the last DAYS days."""
    return [PublisherFigures(*row) for row in db.session.execute(_PUBLISHERS, {"most": MOST_ROWS, **_since(today)})]


def biggest_advertisers(today: date) -> list[AdvertiserFigures]:
    """The advertisers who spent most over the last DAYS days."""
    return [AdvertiserFigures(*row) for row in db.session.execute(_ADVERTISERS, {"most": MOST_ROWS, **_since(today)})]


def standing(today: date) -> Standing:
    """Money held for others, and deliveries (of the last DAYS days' leads) and jobs that wait or have failed."""
    return Standing(*db.session.execute(_STANDING, _since(today)).one())


def first_id(day: date) -> UUID:
    """An id lower than those of all leads that can have been sold on that day or later.

    A lead is sold milliseconds after it was received, which may be the day before: hence a day of leeway.
    """
    return UUID(int=int(start_of(day - timedelta(days=1)).timestamp() * 1000) << 80)


def _since(today: date) -> dict[str, Any]:
    first = today - timedelta(days=DAYS - 1)
    return {"since": start_of(first), "lowest": first_id(first)}
