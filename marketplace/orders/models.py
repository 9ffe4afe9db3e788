"""Standing orders to buy leads, their immutable revisions, and what they have used of their caps."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key, Micros
from core.identity.models import Organisation
from marketplace.verticals.models import Vertical


class Order(Base):
    """A standing order. This row is what a sale locks: status, current revision and what is used so far.

    `day_leads` and `day_spend` count for `used_day` (UTC) only; on another day they stand for zero.
    """

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'paused', 'closed')", name="status"),
        CheckConstraint("LEAST(day_leads, day_spend, total_leads, total_spend) >= 0", name="used"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[Key]
    advertiser_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("vertical.id"))
    status: Mapped[str] = mapped_column(default="active")
    revision_id: Mapped[UUID | None]
    used_day: Mapped[date | None]
    day_leads: Mapped[int] = mapped_column(default=0)
    day_spend: Mapped[Micros] = mapped_column(default=0)
    total_leads: Mapped[int] = mapped_column(default=0)
    total_spend: Mapped[Micros] = mapped_column(default=0)
    created_at: Mapped[datetime]

    vertical: Mapped[Vertical] = relationship(lazy="joined")
    advertiser: Mapped[Organisation] = relationship()
    revision: Mapped["OrderRevision"] = relationship(
        primaryjoin="foreign(Order.revision_id) == OrderRevision.id", viewonly=True, lazy="joined"
    )


class OrderRevision(Base):
    """What an order asks and pays from `created_at` until its next revision. Caps are None where there is none."""

    __tablename__ = "order_revision"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("LEAST(day_leads_cap, total_leads_cap) > 0", name="leads_caps"),
        CheckConstraint("LEAST(day_spend_cap, total_spend_cap) > 0", name="spend_caps"),
    )

    id: Mapped[Key]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"))
    number: Mapped[int]
    name: Mapped[str]
    price: Mapped[Micros]
    filter: Mapped[dict[str, Any]]
    day_leads_cap: Mapped[int | None]
    day_spend_cap: Mapped[Micros | None]
    total_leads_cap: Mapped[int | None]
    total_spend_cap: Mapped[Micros | None]
    endpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("delivery_endpoint.id"))
    created_at: Mapped[datetime]
    member_id: Mapped[UUID | None]
