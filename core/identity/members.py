"""Keeping members out and letting them in again."""

from uuid import UUID

from core import audit
from core.database import db
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.identity.models import Member
from core.identity.principal import principal_or_none


def member_of(organisation_id: UUID, member_id: UUID | None) -> Member:
    """That organisation's member. Raises NotFound for any other."""
    found = db.session.get(Member, member_id) if member_id else None
    if found is None or found.organisation_id != organisation_id:
        raise NotFound()
    return found


def set_member_status(member: Member, status: str) -> None:
    """Disable a member, whose sessions end at once, or let them in again (`active`; `invited` without a password).

    Raises Conflict where somebody is about to lock themselves out.
    """
    if status not in ("active", "disabled"):
        raise Invalid(errors=[FieldError("status", "choice", "must be active or disabled", ["active", "disabled"])])
    who = principal_or_none()
    if who and who.member_id == member.id and status == "disabled":
        raise Conflict("You cannot disable yourself; ask another admin.")
    if status == "active" and not member.password_hash:
        status = "invited"
    if status == member.status:
        return
    before, member.status = member.status, status
    audit.record("member.status", "member", member.id, before={"status": before}, after={"status": status})
