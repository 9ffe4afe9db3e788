"""Leads and the contacts they claimed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key, Micros
from core.identity.models import Organisation
from marketplace.verticals.models import VerticalVersion

STATUSES = ("sold", "held", "duplicate", "rejected")


class Lead(Base):
    """One submitted lead with its verdict.

    Personal data (and whatever the vertical does not know) is only in `sealed`, under the lead's own
    `data_key`; `attributes` are the normalised values that are not personal. `decision` is what the allocation
    saw, so that it can be replayed.
    """

    __tablename__ = "lead"
    __table_args__ = (
        CheckConstraint("status IN ('sold', 'held', 'duplicate', 'rejected')", name="status"),
        CheckConstraint("warmth IN ('cold', 'warm', 'hot')", name="warmth"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("price >= payout AND payout >= 0", name="payout"),
        Index("ix__lead__publisher", "publisher_id", "id"),
    )

    id: Mapped[Key]
    publisher_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    vertical_version_id: Mapped[UUID] = mapped_column(ForeignKey("vertical_version.id"))
    received_at: Mapped[datetime]
    is_test: Mapped[bool]
    status: Mapped[str]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    score: Mapped[int] = mapped_column(SmallInteger)
    warmth: Mapped[str]
    score_reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    attributes: Mapped[dict[str, Any]]
    channel: Mapped[str | None]
    tracking: Mapped[dict[str, Any]]
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offer.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    price: Mapped[Micros]
    payout: Mapped[Micros]
    duplicate_of: Mapped[UUID | None]
    decision: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    publisher: Mapped[Organisation] = relationship()
    vertical_version: Mapped[VerticalVersion] = relationship()


class ContactClaim(Base):
    """That a contact (keyed hash of a phone or an e-mail) was seen in a vertical, with which lead, until when."""

    __tablename__ = "contact_claim"
    __table_args__ = ({"postgresql_with": {"fillfactor": 90}},)

    vertical_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    lead_id: Mapped[UUID]
    last_seen: Mapped[datetime]
    free_at: Mapped[datetime]
