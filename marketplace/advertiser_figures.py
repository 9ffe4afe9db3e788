"""What an advertiser's pages count: leads bought and spend by day and by order, tries to deliver, leads by offer.

A sale's id sorts by the moment of the sale, so a lower bound on the id costs one look into the index on
(advertiser, id); `sold_at` then decides exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, func, select, tuple_

from core.database import db
from marketplace.leads.models import Lead
from marketplace.orders.models import Order, OrderRevision
from marketplace.sales.models import DeliveryAttempt, Sale

DAYS = 30
MOST_ATTEMPTS = 25
LATEST_SALES = 200


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day (UTC) of an advertiser: leads bought, and what they cost in micros."""

    day: date
    leads: int = 0
    spend: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """The sums of several days."""

    leads: int
    spend: int

    @classmethod
    def of(cls, days: Sequence[DayFigures]) -> "Period":
        """Add the days up."""
        return cls(sum(d.leads for d in days), sum(d.spend for d in days))

    @property
    def average_price(self) -> int | None:
        """What a lead cost on average in micros, or None without any."""
        return self.spend // self.leads if self.leads else None


@dataclass(frozen=True, slots=True)
class OrderSpend:
    """One order's purchases over the last days, and since it was made. Spend in micros."""

    order_id: UUID
    name: str
    status: str
    leads: int
    spend: int
    total_leads: int
    total_spend: int


@dataclass(frozen=True, slots=True)
class Try:
    """One try to deliver a sale."""

    sale_id: UUID
    number: int
    at: datetime
    status: int | None
    fault: str | None
    milliseconds: int

    @property
    def delivered(self) -> bool:
        """Whether the receiver acknowledged it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def result(self) -> str:
        """What came of it, in words."""
        return f"HTTP {self.status}" if self.status is not None else self.fault or "no answer"


def start_of(day: date) -> datetime:
    """The day's first moment in UTC."""
    return datetime.combine(day, time(), UTC)


def first_day(today: date) -> date:
    """The first of the last 30 days."""
    return today - timedelta(days=DAYS - 1)


def sold_since(moment: datetime) -> ColumnElement[bool]:
    """The condition that a sale was made at `moment` or later, in terms the index knows (see above)."""
    lowest = UUID(int=int(moment.timestamp() * 1000) << 80)
    return (Sale.id >= lowest) & (Sale.sold_at >= moment)


def failing() -> ColumnElement[bool]:
    """The condition that a sale's delivery was given up, or failed so far and is tried again."""
    tried = select(DeliveryAttempt.number).where(
        DeliveryAttempt.lead_id == Sale.lead_id, DeliveryAttempt.sale_id == Sale.id
    )
    return (Sale.delivery == "failed") | ((Sale.delivery == "pending") & tried.exists())


def figures_by_day(advertiser_id: UUID, today: date) -> list[DayFigures]:
    """The last 30 days up to `today`, oldest first, days without purchases included."""
    first = first_day(today)
    day = func.date(func.timezone("UTC", Sale.sold_at))
    rows = db.session.execute(
        select(day, func.count(), cast(func.sum(Sale.price), BigInteger))
        .where(Sale.advertiser_id == advertiser_id, sold_since(start_of(first)))
        .group_by(day)
    )
    found = {row[0]: DayFigures(*row) for row in rows}
    return [found.get(one, DayFigures(one)) for one in (first + timedelta(days=n) for n in range(DAYS))]


def failing_deliveries(advertiser_id: UUID, today: date) -> int:
    """How many sales of the last 30 days are not delivered, though it was tried."""
    query = select(func.count()).where(
        Sale.advertiser_id == advertiser_id, sold_since(start_of(first_day(today))), failing()
    )
    return db.session.scalar(query) or 0


def spend_by_order(advertiser_id: UUID, today: date) -> list[OrderSpend]:
    """Every order's purchases over the last 30 days and in total, the highest recent spend first."""
    leads, spend = func.count().label("leads"), cast(func.sum(Sale.price), BigInteger).label("spend")
    recent = (
        select(Sale.order_id, leads, spend)
        .where(Sale.advertiser_id == advertiser_id, sold_since(start_of(first_day(today))))
        .group_by(Sale.order_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Order.id,
            OrderRevision.name,
            Order.status,
            func.coalesce(recent.c.leads, 0),
            func.coalesce(recent.c.spend, 0),
            Order.total_leads,
            Order.total_spend,
        )
        .join(OrderRevision, OrderRevision.id == Order.revision_id)
        .outerjoin(recent, recent.c.order_id == Order.id)
        .where(Order.advertiser_id == advertiser_id)
        .order_by(func.coalesce(recent.c.spend, 0).desc(), Order.total_spend.desc(), Order.id)
    )
    return [OrderSpend(*row) for row in rows]


_TRY = (
    DeliveryAttempt.sale_id,
    DeliveryAttempt.number,
    DeliveryAttempt.at,
    DeliveryAttempt.status,
    DeliveryAttempt.fault,
    DeliveryAttempt.milliseconds,
)


def last_tries(sales: Sequence[Sale]) -> dict[UUID, Try]:
    """The last try to deliver each of these sales, by sale; those never tried are left out."""
    keys = [(sale.lead_id, sale.id) for sale in sales if sale.delivery != "portal"]
    if not keys:
        return {}
    rows = db.session.execute(
        select(*_TRY)
        .where(tuple_(DeliveryAttempt.lead_id, DeliveryAttempt.sale_id).in_(keys))
        .distinct(DeliveryAttempt.lead_id, DeliveryAttempt.sale_id)
        .order_by(DeliveryAttempt.lead_id, DeliveryAttempt.sale_id, DeliveryAttempt.number.desc())
    )
    return {row[0]: Try(*row) for row in rows}


def tries_of(sale: Sale) -> list[Try]:
    """Every try to deliver the sale, newest first."""
    rows = db.session.execute(
        select(*_TRY)
        .where(DeliveryAttempt.lead_id == sale.lead_id, DeliveryAttempt.sale_id == sale.id)
        .order_by(DeliveryAttempt.number.desc())
    )
    return [Try(*row) for row in rows]


def recent_tries(advertiser_id: UUID, endpoint_id: UUID) -> list[Try]:
    """The latest tries to deliver to an endpoint, newest first, among its latest sales."""
    latest = (
        select(Sale.lead_id, Sale.id)
        .where(Sale.advertiser_id == advertiser_id, Sale.endpoint_id == endpoint_id)
        .order_by(Sale.id.desc())
        .limit(LATEST_SALES)
        .subquery()
    )
    rows = db.session.execute(
        select(*_TRY)
        .join(latest, (latest.c.lead_id == DeliveryAttempt.lead_id) & (latest.c.id == DeliveryAttempt.sale_id))
        .order_by(DeliveryAttempt.at.desc(), DeliveryAttempt.number.desc())
        .limit(MOST_ATTEMPTS)
    )
    return [Try(*row) for row in rows]


def order_names(advertiser_id: UUID, sale_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """Order and its name at the time, for each of the advertiser's sales among these ids."""
    rows = db.session.execute(
        select(Sale.id, Sale.order_id, OrderRevision.name)
        .join(OrderRevision, OrderRevision.id == Sale.revision_id)
        .where(Sale.advertiser_id == advertiser_id, Sale.id.in_(sale_ids))
    )
    return {sale_id: (order_id, name) for sale_id, order_id, name in rows}


def leads_by_offer(advertiser_id: UUID, today: date) -> dict[UUID, int]:
    """How many leads the advertiser bought through each offer in the last 30 days."""
    rows = db.session.execute(
        select(Lead.offer_id, func.count())
        .join(Sale, Sale.lead_id == Lead.id)
        .where(
            Sale.advertiser_id == advertiser_id,
            sold_since(start_of(first_day(today))),
            Lead.offer_id.is_not(None),
        )
        .group_by(Lead.offer_id)
    )
    return {offer_id: count for offer_id, count in rows if offer_id}
