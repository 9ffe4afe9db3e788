"""The admins' lead pages: every lead, and the whole way of one through the pipeline."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import defer

from affiliates.models import Offer
from core.database import db
from core.identity.models import Organisation
from core.identity.principal import PUBLISHER, principal
from core.ids import parse_id, public_id
from core.pages import listing
from core.periods import asked_period, start_of
from marketplace.access import lead_for, leads_of
from marketplace.leads.models import STATUSES, Lead
from marketplace.leads.story import candidates_of, read_fields, sales_of_lead
from marketplace.orders.filters import CHANNELS
from marketplace.publisher_figures import received_since
from marketplace.verticals.models import Vertical, VerticalVersion


def add_pages(portal: Blueprint) -> None:
    """Put the lead pages into the portal."""
    portal.add_url_rule("/leads", "leads", leads)
    portal.add_url_rule("/leads/<lead_name>", "lead", lead)


def leads() -> str:
    """All leads, filtered and sorted as the address asks."""
    query = leads_of(principal()).options(defer(Lead.sealed), defer(Lead.decision)).where(*_filters())
    sorts: dict[str, ColumnElement[Any]] = {
        "received": Lead.id.expression,
        "status": tuple_(Lead.status, Lead.id),
        "score": tuple_(Lead.score, Lead.id),
        "price": tuple_(Lead.price, Lead.id),
        "payout": tuple_(Lead.payout, Lead.id),
    }
    publishers = db.session.scalars(
        select(Organisation).where(Organisation.kind == PUBLISHER).order_by(Organisation.name)
    )
    verticals = db.session.scalars(select(Vertical).order_by(Vertical.name))
    return render_template(
        "admin/leads.html",
        page=listing(query, sorts, "-received"),
        publishers=[(public_id("organisation", one.id), one.name) for one in publishers],
        verticals=[(one.slug, one.name) for one in verticals],
        statuses=[(status, status) for status in STATUSES],
        channels=[(channel, channel.replace("_", " ")) for channel in CHANNELS],
    )


def lead(lead_name: str) -> str:
    """One lead: each step of the pipeline, what it saw and what it decided."""
    found = lead_for(principal(), parse_id("lead", lead_name))
    fields, unknown = read_fields(found)
    decision = found.decision or {}
    return render_template(
        "admin/lead.html",
        lead=found,
        lead_name=lead_name,
        fields=fields,
        unknown=unknown,
        decision=decision,
        decided_at=_to_the_millisecond(decision["at"]) if decision else None,
        candidates=candidates_of(found),
        sales=sales_of_lead(found),
        earlier=db.session.get(Lead, found.duplicate_of) if found.duplicate_of else None,
        offer=db.session.get(Offer, found.offer_id) if found.offer_id else None,
    )


def _to_the_millisecond(stored: str) -> str:
    """The moment of a decision, as finely as it matters beside other leads'."""
    moment = datetime.fromisoformat(stored).astimezone(UTC)
    return moment.isoformat(" ", "milliseconds").removesuffix("+00:00")


def _filters() -> list[ColumnElement[bool]]:
    """The conditions in the address; what makes no sense there is passed over."""
    asked, period = request.args, asked_period()
    conditions = period.conditions(Lead.received_at)
    if period.first:
        conditions.append(received_since(start_of(period.first)))
    if asked.get("publisher"):
        conditions.append(Lead.publisher_id == parse_id("organisation", asked["publisher"]))
    if asked.get("vertical"):
        versions = select(VerticalVersion.id).join(Vertical).where(Vertical.slug == asked["vertical"])
        conditions.append(Lead.vertical_version_id.in_(versions))
    if asked.get("status") in STATUSES:
        conditions.append(Lead.status == asked["status"])
    if asked.get("reason"):
        conditions.append(Lead.reasons.contains([{"code": asked["reason"].strip()}]))
    if asked.get("channel") in CHANNELS:
        conditions.append(Lead.channel == asked["channel"])
    if asked.get("mode") in ("live", "test"):
        conditions.append(Lead.is_test == (asked["mode"] == "test"))
    if asked.get("find"):
        sought = asked["find"].strip()
        conditions.append((Lead.id == parse_id("lead", sought)) | (Lead.tracking["reference"].astext == sought))
    return conditions
