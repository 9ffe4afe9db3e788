"""The audit log: who changed what, when, before and after. Rows are only ever added (a trigger sees to it)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Base, Key, db
from core.identity.principal import Principal, principal_or_none
from core.ids import new_id, public_id


class AuditEvent(Base):
    """One change, by one actor."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix__audit_event__object", "object_kind", "object_id"),)

    id: Mapped[Key]
    at: Mapped[datetime]
    actor: Mapped[str]
    member_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None] = mapped_column(index=True)
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    address: Mapped[str | None]


def record(
    action: str,
    kind: str,
    identifier: UUID,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    actor: Principal | None = None,
) -> None:
    """Add an event in the session's transaction. `before` and `after` are JSON values without secrets.

    The actor is whoever is signed in, `actor` where given, else the system itself.
    """
    who = actor or principal_or_none()
    db.session.add(
        AuditEvent(
            id=new_id(),
            at=clock.now(),
            actor=who.label if who else "system",
            member_id=who.member_id if who else None,
            organisation_id=who.organisation_id if who else None,
            action=action,
            object_kind=kind,
            object_id=public_id(kind, identifier),
            before=before,
            after=after,
            address=request.remote_addr if has_request_context() else None,
        )
    )
