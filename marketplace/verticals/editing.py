"""Creating a vertical and changing it: a change is a new version, checked as a whole."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import audit, clock, versions
from core.database import db
from core.errors import Conflict, FieldError, Invalid, NotFound
from core.ids import new_id
from marketplace.verticals.fields import CONTACT_TYPES, TYPES, Field, Refused
from marketplace.verticals.models import Vertical, VerticalVersion

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Names that a lead's envelope or the matching uses; a vertical's field may not be called so.
RESERVED = {
    "vertical", "offer_id", "channel", "source", "publisher", "warmth", "score", "consent", "ip", "user_agent",
    "landing_url", "ping_id", "bid_ids", "test", *(f"sub{n}" for n in range(1, 11)),
}  # fmt: skip


def vertical_by_slug(slug: str) -> Vertical:
    """The vertical of that slug. Raises NotFound."""
    found = db.session.scalar(select(Vertical).where(Vertical.slug == slug))
    if found is None:
        raise NotFound(f"There is no vertical '{slug}'.")
    return found


def create_vertical(name: str, slug: str, fields: list[Field], window_days: int, max_buyers: int) -> Vertical:
    """A new vertical with its first version. Raises Invalid, or Conflict where the slug is taken."""
    wrong = faults(fields, window_days, max_buyers)
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,39}", slug):
        wrong.append(FieldError("slug", "format", "must be lower-case letters, digits and hyphens"))
    if not 1 <= len(name.strip()) <= 80:
        wrong.append(FieldError("name", "length", "must have 1 to 80 characters"))
    if wrong:
        raise Invalid(errors=wrong)
    if db.session.scalar(select(Vertical.id).where(Vertical.slug == slug)):
        raise Conflict(errors=[FieldError("slug", "taken", "there is already a vertical with this slug")])
    vertical = Vertical(id=new_id(), slug=slug, name=name.strip(), status="active", created_at=clock.now())
    db.session.add(vertical)
    db.session.flush()
    add_version(vertical, fields, window_days, max_buyers)
    return vertical


def add_version(vertical: Vertical, fields: list[Field], window_days: int, max_buyers: int) -> VerticalVersion:
    """Make these fields and rules the vertical's newest version; leads from now on are judged by it.

    Raises Invalid with every fault. Two admins at once: the second gets Conflict from the unique number.
    """
    wrong = faults(fields, window_days, max_buyers)
    if wrong:
        raise Invalid(errors=wrong)
    db.session.refresh(vertical, with_for_update=True)
    before = db.session.scalar(
        select(VerticalVersion)
        .where(VerticalVersion.vertical_id == vertical.id)
        .order_by(VerticalVersion.number.desc())
        .limit(1)
    )
    version = VerticalVersion(
        id=new_id(),
        vertical_id=vertical.id,
        number=before.number + 1 if before else 1,
        fields=[field.as_json() for field in fields],
        window_days=window_days,
        max_buyers=max_buyers,
        created_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()
    audit.record(
        "vertical.version",
        "vertical",
        vertical.id,
        before=_snapshot(before) if before else None,
        after=_snapshot(version),
    )
    versions.bump("verticals")
    return version


def faults(fields: list[Field], window_days: int, max_buyers: int) -> list[FieldError]:
    """All that is wrong with a version to be made; the path names the field, as `fields.2.name`."""
    wrong = []
    if not 0 <= window_days <= 3650:
        wrong.append(FieldError("window_days", "range", "must lie between 0 and 3650 days"))
    if not 1 <= max_buyers <= 20:
        wrong.append(FieldError("max_buyers", "range", "must lie between 1 and 20"))
    if not any(field.type in CONTACT_TYPES for field in fields):
        wrong.append(FieldError("fields", "contact", "must have a phone or an e-mail, else nobody can be reached"))
    taken: set[str] = set()
    for place, field in enumerate(fields):
        for part, code, message, allowed in _field_faults(field, taken):
            wrong.append(FieldError(f"fields.{place}.{part}", code, message, allowed))
        taken |= {field.name, *field.aliases}
    return wrong


def _field_faults(field: Field, taken: set[str]) -> list[tuple[str, str, str, Any]]:
    wrong: list[tuple[str, str, str, Any]] = []
    if not NAME.fullmatch(field.name):
        wrong.append(("name", "format", "must be lower-case letters, digits and underscores", None))
    if field.name in RESERVED:
        wrong.append(("name", "reserved", "is a name that every lead has", sorted(RESERVED)))
    for name in {field.name, *field.aliases} & taken:
        wrong.append(("name", "taken", f"'{name}' is used twice", None))
    if field.type not in TYPES:
        return [*wrong, ("type", "choice", "is not a type of field", list(TYPES))]
    if field.type == "choice" and not field.choices:
        wrong.append(("choices", "missing", "must list at least one value", None))
    if field.type in CONTACT_TYPES and not field.personal:
        wrong.append(("personal", "contact", "a phone or an e-mail is always personal data", None))
    if field.lowest is not None and field.highest is not None and field.lowest > field.highest:
        wrong.append(("highest", "range", "must not be less than the lowest value", None))
    if field.example:
        try:
            field.read(field.example)
        except Refused as refused:
            wrong.append(("example", refused.code, f"the example itself {refused.message}", refused.allowed))
    return wrong


def version_by_id(version_id: UUID) -> VerticalVersion:
    """A version by its id. Raises NotFound."""
    found = db.session.get(VerticalVersion, version_id)
    if found is None:
        raise NotFound()
    return found


def _snapshot(version: VerticalVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "fields": version.fields,
        "window_days": version.window_days,
        "max_buyers": version.max_buyers,
    }
