"""The admins' audit log: who changed what, with the difference. Its page is put into the admin portal."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, select

from core.audit import AuditEvent
from core.database import db
from core.differences import Difference, differences
from core.pages import listing
from core.periods import asked_period


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event of the log with what it changed."""

    event: AuditEvent
    changes: list[Difference]


def add_pages(portal: Blueprint) -> None:
    """Put the audit log into the portal."""
    portal.add_url_rule("/audit", "audit", audit_log)


def audit_log() -> str:
    """Every change, filtered by actor, action, object and day."""
    sorts: dict[str, ColumnElement[Any]] = {"at": AuditEvent.id.expression, "actor": AuditEvent.actor.expression}
    page = listing(select(AuditEvent).where(*_filters()), sorts, "-at")
    return render_template(
        "admin/audit.html",
        page=page,
        events=shown(page.rows),
        actions=_known(AuditEvent.action.expression),
        kinds=_known(AuditEvent.object_kind.expression),
    )


def shown(events: Any) -> list[ShownEvent]:
    """The events as pages show them."""
    return [ShownEvent(event, differences(event.before, event.after)) for event in events]


def _filters() -> list[ColumnElement[bool]]:
    asked = request.args
    conditions = asked_period().conditions(AuditEvent.at)
    if asked.get("actor"):
        conditions.append(AuditEvent.actor.icontains(asked["actor"].strip(), autoescape=True))
    if asked.get("action"):
        conditions.append(AuditEvent.action == asked["action"])
    if asked.get("kind"):
        conditions.append(AuditEvent.object_kind == asked["kind"])
    if asked.get("object"):
        conditions.append(AuditEvent.object_id == asked["object"].strip())
    return conditions


def _known(column: ColumnElement[str]) -> list[tuple[str, str]]:
    """The values there are, as the choices of a filter."""
    return [(one, one.replace("_", " ")) for one in db.session.scalars(select(column).distinct().order_by(column))]
