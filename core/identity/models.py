"""Organisations, their members and their API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, column, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Key
from core.identity.principal import Principal


class Organisation(Base):
    """A publisher, an advertiser, or the network that runs the market."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("kind IN ('publisher', 'advertiser', 'network')", name="kind"),
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]

    members: Mapped[list["Member"]] = relationship(back_populates="organisation", order_by="Member.created_at")


class Member(Base):
    """A person who signs in for one organisation. No password until the invitation is accepted."""

    __tablename__ = "member"
    __table_args__ = (
        Index("uq__member__email", func.lower(column("email")), unique=True),
        CheckConstraint("status IN ('invited', 'active', 'disabled')", name="status"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="invited")
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(back_populates="members", lazy="joined")

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Whether Flask-Login may let this member in."""
        return self.status == "active" and self.organisation.status == "active"

    def get_id(self) -> str:
        """The session's name for this member; it changes with the password, which ends all sessions."""
        return f"{self.id.hex}.{(self.password_hash or '')[-12:]}"

    def as_principal(self) -> Principal:
        """This member as the one who asks."""
        return Principal(self.organisation_id, self.organisation.kind, self.email, self.id)


class ApiKey(Base):
    """A key of an organisation's programs, stored only as a hash; `hint` is its visible beginning."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint("mode IN ('live', 'test')", name="mode"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    mode: Mapped[str]
    hint: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
