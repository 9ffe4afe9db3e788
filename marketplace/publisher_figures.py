"""What a publisher's pages count and list: leads by day and verdict, reasons for refusal, commissions. No test leads.

A lead's id is made after it was received and sorts by time, so a lower bound on the id costs one look into the index
on (publisher, id) and never leaves out a lead; `received_at` then decides exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, column, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import JSONB

from affiliates.models import Commission
from core.database import db
from marketplace.leads.models import Lead
from marketplace.sales.models import Sale
from marketplace.verticals.models import Vertical, VerticalVersion

DAYS = 30
MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day (UTC) of a publisher: leads by verdict, and what they paid in micros."""

    day: date
    sold: int = 0
    held: int = 0
    duplicate: int = 0
    rejected: int = 0
    payout: int = 0

    @property
    def received(self) -> int:
        """All leads of the day."""
        return self.sold + self.held + self.duplicate + self.rejected


@dataclass(frozen=True, slots=True)
class Period:
    """The sums of several days."""

    received: int
    sold: int
    payout: int

    @classmethod
    def of(cls, days: Sequence[DayFigures]) -> "Period":
        """Add the days up."""
        return cls(sum(d.received for d in days), sum(d.sold for d in days), sum(d.payout for d in days))

    @property
    def sold_share(self) -> int | None:
        """Sold leads in whole per cent of the received ones, or None without any."""
        return round(100 * self.sold / self.received) if self.received else None

    @property
    def payout_per_lead(self) -> int | None:
        """Average payout over all received leads in micros, or None without any."""
        return self.payout // self.received if self.received else None


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """A reason for which leads were rejected, the field it concerns, and how many leads had it."""

    code: str
    field: str | None
    message: str
    leads: int


@dataclass(frozen=True, slots=True)
class EarnedCommission:
    """A commission with the sale and the lead it was earned with."""

    commission: Commission
    sold_at: datetime
    lead_id: UUID
    vertical: str


def start_of(day: date) -> datetime:
    """The day's first moment in UTC."""
    return datetime.combine(day, time(), UTC)


def received_since(moment: datetime) -> ColumnElement[bool]:
    """The condition that a lead was received at `moment` or later, in terms the index knows (see above)."""
    lowest = UUID(int=int(moment.timestamp() * 1000) << 80)
    return (Lead.id >= lowest) & (Lead.received_at >= moment)


def figures_by_day(publisher_id: UUID, today: date, days: int = DAYS) -> list[DayFigures]:
    """The last `days` days up to `today`, oldest first, days without leads included."""
    first = today - timedelta(days=days - 1)
    day = func.date(func.timezone("UTC", Lead.received_at))
    counts = [func.count().filter(Lead.status == status) for status in ("sold", "held", "duplicate", "rejected")]
    rows = db.session.execute(
        select(day, *counts, func.sum(Lead.payout))
        .where(Lead.publisher_id == publisher_id, ~Lead.is_test, received_since(start_of(first)))
        .group_by(day)
    ).all()
    found = {row[0]: DayFigures(row[0], *map(int, row[1:])) for row in rows}
    all_days = [first + timedelta(days=n) for n in range(days)]
    return [found.get(one, DayFigures(one)) for one in all_days]


def refusal_reasons(publisher_id: UUID, today: date, days: int = DAYS) -> list[RefusalReason]:
    """The most frequent reasons for rejection over the last `days` days, most frequent first."""
    since = start_of(today - timedelta(days=days - 1))
    each = func.jsonb_array_elements(Lead.reasons).table_valued(column("value", JSONB)).lateral("reason")
    code, field = each.c.value["code"].astext, each.c.value["field"].astext
    count = func.count(Lead.id.distinct()).label("leads")
    rows = db.session.execute(
        select(code, field, func.min(each.c.value["message"].astext), count)
        .select_from(Lead)
        .join(each, true())
        .where(Lead.publisher_id == publisher_id, ~Lead.is_test, Lead.status == "rejected", received_since(since))
        .group_by(literal_column("1"), literal_column("2"))
        .order_by(count.desc(), literal_column("1"))
        .limit(MOST_REASONS)
    )
    return [RefusalReason(*row) for row in rows]


def commissions_query(publisher_id: UUID) -> Select[Commission, datetime, UUID, str]:
    """The publisher's commissions, each with its sale's moment, its lead and the vertical's name.

    It goes from the leads down (publisher, id), (lead, sale), (sale): every step has an index.
    """
    return (
        select(Commission, Sale.sold_at, Lead.id, Vertical.name)
        .select_from(Lead)
        .join(Sale, Sale.lead_id == Lead.id)
        .join(Commission, Commission.sale_id == Sale.id)
        .join(VerticalVersion, VerticalVersion.id == Lead.vertical_version_id)
        .join(Vertical, Vertical.id == VerticalVersion.vertical_id)
        .where(Lead.publisher_id == publisher_id)
    )


def commissions_of_lead(lead: Lead) -> list[EarnedCommission]:
    """What the lead earned its publisher, sale by sale."""
    query = commissions_query(lead.publisher_id).where(Lead.id == lead.id).order_by(Sale.id)
    return [EarnedCommission(*row) for row in db.session.execute(query)]
