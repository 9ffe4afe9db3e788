"""Publishers' terms, offers, and the commissions that publishers earn."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key, Micros


class PublisherTerms(Base):
    """What a publisher is paid: a share of each sale in basis points, held for a number of days."""

    __tablename__ = "publisher_terms"
    __table_args__ = (
        CheckConstraint("share_bps BETWEEN 0 AND 10000", name="share_bps"),
        CheckConstraint("hold_days BETWEEN 0 AND 365", name="hold_days"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    share_bps: Mapped[int]
    hold_days: Mapped[int]


class Offer(Base):
    """An advertiser's product that publishers promote. A lead that names it is targeted: only they may buy it."""

    __tablename__ = "offer"
    __table_args__ = (CheckConstraint("status IN ('active', 'paused')", name="status"),)

    id: Mapped[Key]
    advertiser_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("vertical.id"))
    name: Mapped[str]
    landing_url: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]


class Commission(Base):
    """What a publisher earned on one sale: held until `release_at`, then approved, later paid, or reversed."""

    __tablename__ = "commission"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("status IN ('held', 'approved', 'paid', 'reversed')", name="status"),
        Index("ix__commission__publisher", "publisher_id", "sale_id"),
        Index("ix__commission__due", "release_at", postgresql_where="status = 'held'"),
    )

    sale_id: Mapped[Key]
    publisher_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    amount: Mapped[Micros]
    status: Mapped[str] = mapped_column(default="held")
    release_at: Mapped[datetime]
