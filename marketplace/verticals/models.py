"""Verticals and their versions. A version never changes: a lead is judged by the one it was sent under."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key


class Vertical(Base):
    """A kind of lead."""

    __tablename__ = "vertical"
    __table_args__ = (CheckConstraint("status IN ('active', 'retired')", name="status"),)

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]

    versions: Mapped[list["VerticalVersion"]] = relationship(
        back_populates="vertical", order_by="VerticalVersion.number.desc()"
    )


class VerticalVersion(Base):
    """The fields and rules of a vertical from `created_at` until the next version."""

    __tablename__ = "vertical_version"
    __table_args__ = (
        UniqueConstraint("vertical_id", "number"),
        CheckConstraint("window_days BETWEEN 0 AND 3650", name="window_days"),
        CheckConstraint("max_buyers BETWEEN 1 AND 20", name="max_buyers"),
    )

    id: Mapped[Key]
    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("vertical.id"))
    number: Mapped[int]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    window_days: Mapped[int]
    max_buyers: Mapped[int]
    created_at: Mapped[datetime]

    vertical: Mapped[Vertical] = relationship(back_populates="versions", lazy="joined")
