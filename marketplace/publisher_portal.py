"""The publisher's pages: overview, leads, earnings, how to post."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, request, url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import defer

from affiliates.commissions import earnings_of
from affiliates.models import Commission, Offer, PublisherTerms
from core import clock
from core.database import db
from core.errors import NotFound
from core.identity.principal import PUBLISHER, principal
from core.identity.sessions import only_for
from core.ids import parse_id
from core.money import decimal_text
from core.pages import listing
from marketplace import posting_guide, publisher_figures
from marketplace.access import lead_for, leads_of, may_see_person, offers_of
from marketplace.leads.models import STATUSES, Lead
from marketplace.leads.person import open_person
from marketplace.orders.filters import CHANNELS, WARMTHS
from marketplace.publisher_figures import DayFigures, EarnedCommission, Period
from marketplace.verticals.fields import TYPES, Field
from marketplace.verticals.models import Vertical, VerticalVersion
from marketplace.verticals.spec import VerticalSpec

pages = Blueprint("publisher", __name__, url_prefix="/publisher")
COMMISSION_STATUSES = ("held", "approved", "paid", "reversed")


@pages.before_request
def door() -> None:
    """Only publishers' members come in."""
    only_for(PUBLISHER)


@pages.get("/")
def overview() -> str:
    """Today and the last 30 days at a glance."""
    me = principal(PUBLISHER)
    today = clock.now().date()
    days = publisher_figures.figures_by_day(me.organisation_id, today)
    latest = leads_of(me).options(defer(Lead.sealed), defer(Lead.decision)).order_by(Lead.id.desc()).limit(10)
    return render_template(
        "publisher/overview.html",
        today=days[-1],
        month=Period.of(days),
        earnings=earnings_of(me.organisation_id),
        labels=[f"{day.day:%b} {day.day.day}" for day in days],
        series=_chart(days),
        reasons=publisher_figures.refusal_reasons(me.organisation_id, today),
        latest=db.session.scalars(latest).all(),
        since=today - timedelta(days=publisher_figures.DAYS - 1),
    )


def _chart(days: list[DayFigures]) -> list[dict[str, Any]]:
    bars = [
        {"label": status.capitalize(), "colour": status, "data": [getattr(day, status) for day in days]}
        for status in STATUSES
    ]
    payout = [decimal_text(day.payout) for day in days]
    label = f"Payout ({current_app.config['FAIRLEAD'].currency})"
    return [*bars, {"label": label, "colour": "line", "kind": "line", "axis": "right", "data": payout}]


@pages.get("/leads")
def leads() -> str:
    """All leads, filtered and sorted as the address asks."""
    query = leads_of(principal(PUBLISHER)).options(defer(Lead.sealed), defer(Lead.decision)).where(*_lead_filters())
    sorts: dict[str, ColumnElement[Any]] = {
        "received": Lead.id.expression,
        "status": Lead.status.expression,
        "score": Lead.score.expression,
        "payout": Lead.payout.expression,
    }
    return render_template(
        "publisher/leads.html",
        page=listing(query, sorts, "-received"),
        verticals=[(one.slug, one.name) for one in _verticals()],
        statuses=STATUSES,
        channels=CHANNELS,
        warmths=WARMTHS,
    )


def _lead_filters() -> list[ColumnElement[bool]]:
    """The conditions in the address; what makes no sense there is passed over."""
    asked = request.args
    conditions = []
    for name, column, known in (
        ("status", Lead.status, STATUSES),
        ("channel", Lead.channel, CHANNELS),
        ("warmth", Lead.warmth, WARMTHS),
    ):
        if asked.get(name) in known:
            conditions.append(column == asked[name])
    if asked.get("vertical"):
        versions = select(VerticalVersion.id).join(Vertical).where(Vertical.slug == asked["vertical"])
        conditions.append(Lead.vertical_version_id.in_(versions))
    if asked.get("sub1"):
        conditions.append(Lead.tracking["sub1"].astext == asked["sub1"].strip())
    if asked.get("mode") in ("live", "test"):
        conditions.append(Lead.is_test == (asked["mode"] == "test"))
    if asked.get("find"):
        sought = asked["find"].strip()
        conditions.append((Lead.id == parse_id("lead", sought)) | (Lead.tracking["reference"].astext == sought))
    first, last = _day("from"), _day("to")
    if first:
        conditions.append(publisher_figures.received_since(publisher_figures.start_of(first)))
    if last and last < date.max:
        conditions.append(Lead.received_at < publisher_figures.start_of(last + timedelta(days=1)))
    return conditions


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if day.year >= 1970 else None


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One field of a lead as its page shows it: what was read, or what was sent and could not be read."""

    field: Field
    value: Any = None
    unread: Any = None


@pages.get("/leads/<lead_name>")
def lead(lead_name: str) -> str:
    """One lead: what was sent, the verdict, and why."""
    me = principal(PUBLISHER)
    found = lead_for(me, parse_id("lead", lead_name))
    person = open_person(found) if may_see_person(me, found) else {}
    return render_template(
        "publisher/lead.html",
        lead=found,
        values=_values(found, person),
        unknown=person.get("unknown", {}),
        traces=person.get("traces", {}),
        earned=publisher_figures.commissions_of_lead(found),
        earlier=_own_earlier(found),
        offer=db.session.get(Offer, found.offer_id) if found.offer_id else None,
        forgotten=found.data_key is None,
    )


def _values(found: Lead, person: dict[str, Any]) -> list[ShownValue]:
    read = {**found.attributes, **person.get("fields", {})}
    unread = person.get("unread", {})
    fields = [Field.from_json(stored) for stored in found.vertical_version.fields]
    return [ShownValue(field, read.get(field.name), unread.get(field.name)) for field in fields]


def _own_earlier(found: Lead) -> UUID | None:
    """The lead this one repeats, if the publisher sent that one, too (nobody is told about others' leads)."""
    if found.duplicate_of is None:
        return None
    mine = select(Lead.id).where(Lead.id == found.duplicate_of, Lead.publisher_id == found.publisher_id)
    return db.session.scalar(mine)


@pages.get("/earnings")
def earnings() -> str:
    """Commissions, each with the sale and the lead it comes from."""
    me = principal(PUBLISHER)
    query = publisher_figures.commissions_query(me.organisation_id)
    if request.args.get("status") in COMMISSION_STATUSES:
        query = query.where(Commission.status == request.args["status"])
    sorts: dict[str, ColumnElement[Any]] = {
        "earned": Lead.id.expression,
        "amount": Commission.amount.expression,
        "release": Commission.release_at.expression,
    }
    page = listing(query, sorts, "-earned", scalars=False)
    return render_template(
        "publisher/earnings.html",
        page=page,
        rows=[EarnedCommission(*row) for row in page.rows],
        earnings=earnings_of(me.organisation_id),
        terms=db.session.get(PublisherTerms, me.organisation_id),
        statuses=COMMISSION_STATUSES,
    )


@pages.get("/posting")
def posting() -> str:
    """How to post leads of a vertical, generated from its current version."""
    verticals = _verticals()
    if not verticals:
        return render_template("publisher/posting.html", verticals=[], chosen=None)
    slug = request.args.get("vertical", verticals[0].slug)
    chosen = next((one for one in verticals if one.slug == slug), None)
    if chosen is None:
        raise NotFound(f"There is no vertical '{slug}'.")
    spec = VerticalSpec.from_version(chosen.versions[0])
    settings = current_app.config["FAIRLEAD"]
    offers = offers_of(principal(PUBLISHER)).where(Offer.vertical_id == chosen.id).order_by(Offer.name)
    return render_template(
        "publisher/posting.html",
        verticals=verticals,
        chosen=chosen,
        spec=spec,
        types=TYPES,
        envelope=posting_guide.envelope_fields(),
        example_value=posting_guide.example_value,
        single=posting_guide.curl_single(settings.base_url, spec),
        batch=posting_guide.curl_batch(settings.base_url, spec),
        answer=posting_guide.example_answer(settings.base_url, spec, settings.currency),
        problem=posting_guide.example_problem(spec),
        offers=db.session.scalars(offers).all(),
        docs=url_for("docs.guide"),
    )


def _verticals() -> list[Vertical]:
    return list(db.session.scalars(select(Vertical).where(Vertical.status == "active").order_by(Vertical.name)))
