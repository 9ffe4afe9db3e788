"""Sales, the endpoints they are delivered to, and every attempt to deliver them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key, Micros
from core.identity.models import Organisation
from marketplace.leads.models import Lead
from marketplace.orders.models import OrderRevision


class Sale(Base):
    """One lead sold under one order revision at one price. Its journal has the sale's id."""

    __tablename__ = "sale"
    __table_args__ = (
        UniqueConstraint("lead_id", "advertiser_id", name="uq__sale__one_per_advertiser"),
        CheckConstraint("price > 0 AND price = commission + margin AND commission >= 0 AND margin >= 0", name="split"),
        CheckConstraint("delivery IN ('portal', 'pending', 'delivered', 'failed')", name="delivery"),
        Index("ix__sale__advertiser", "advertiser_id", "id"),
        Index("ix__sale__order", "order_id", "id"),
    )

    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    advertiser_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    order_id: Mapped[UUID]
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("order_revision.id"))
    sold_at: Mapped[datetime]
    price: Mapped[Micros]
    commission: Mapped[Micros]
    margin: Mapped[Micros]
    delivery: Mapped[str]
    endpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("delivery_endpoint.id"))

    lead: Mapped[Lead] = relationship()
    revision: Mapped[OrderRevision] = relationship()
    advertiser: Mapped[Organisation] = relationship()


class DeliveryEndpoint(Base):
    """Where an advertiser's systems receive leads. The signing secret is sealed like personal data."""

    __tablename__ = "delivery_endpoint"
    __table_args__ = (CheckConstraint("status IN ('active', 'disabled')", name="status"),)

    id: Mapped[Key]
    advertiser_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    url: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class DeliveryAttempt(Base):
    """One try to hand a sale over: the HTTP status or the fault, and how long it took."""

    __tablename__ = "delivery_attempt"

    lead_id: Mapped[UUID] = mapped_column(primary_key=True)
    sale_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime]
    status: Mapped[int | None]
    fault: Mapped[str | None]
    milliseconds: Mapped[int]
