"""The advertiser's pages about orders: the list, one order, its status. Making and changing one: `form_portal.py`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from billing.wallets import wallet_of
from core import clock
from core.database import db
from core.identity.models import Member
from core.identity.principal import ADVERTISER, Principal, principal
from core.ids import parse_id
from core.pages import listing
from marketplace.access import endpoints_of, order_for, orders_of, sales_of
from marketplace.advertiser_portal import active_verticals, pages
from marketplace.orders.editing import STATUSES, set_order_status
from marketplace.orders.filters import in_words
from marketplace.orders.models import Order, OrderRevision
from marketplace.orders.usage import RevisionChange, history, usage_of
from marketplace.sales.models import DeliveryEndpoint, Sale
from marketplace.sales.shown import for_lists, shown_sales
from marketplace.verticals.fields import Field
from marketplace.verticals.models import Vertical

LATEST_SALES = 10
_SAID = {"active": "buys again", "paused": "is paused: it buys nothing", "closed": "is closed"}


@pages.get("/orders")
def orders() -> str:
    """All orders, filtered and sorted as the address asks."""
    me = principal(ADVERTISER)
    query = (
        orders_of(me)
        .options(joinedload(Order.revision).defer(OrderRevision.filter))
        .join(OrderRevision, OrderRevision.id == Order.revision_id)
        .join(Vertical, Vertical.id == Order.vertical_id)
    )
    asked = request.args.get("status")
    if asked in STATUSES:
        query = query.where(Order.status == asked)
    elif asked != "any":
        query = query.where(Order.status != "closed")
    if request.args.get("vertical"):
        query = query.where(Vertical.slug == request.args["vertical"])
    if request.args.get("find"):
        query = query.where(OrderRevision.name.icontains(request.args["find"].strip(), autoescape=True))
    sorts: dict[str, ColumnElement[Any]] = {
        "made": Order.id.expression,
        "name": tuple_(OrderRevision.name, Order.id),
        "status": tuple_(Order.status, Order.id),
        "price": tuple_(OrderRevision.price, Order.id),
        "leads": tuple_(Order.total_leads, Order.id),
        "spend": tuple_(Order.total_spend, Order.id),
    }
    page = listing(query, sorts, "-made")
    today, available = clock.now().date(), wallet_of(me.organisation_id).available
    return render_template(
        "advertiser/orders.html",
        page=page,
        rows=[(order, usage_of(order, today, available)) for order in page.rows],
        verticals=[(one.slug, one.name) for one in active_verticals()],
        any_order=bool(page.rows) or db.session.scalar(select(orders_of(me).exists())),
    )


@pages.get("/orders/<order_name>")
def order(order_name: str) -> str:
    """One order: its terms, what it has used, its revisions, what it bought."""
    me = principal(ADVERTISER)
    found = order_for(me, parse_id("order", order_name))
    fields = fields_of(found.vertical)
    endpoints = db.session.scalars(endpoints_of(me)).all()
    latest = for_lists(sales_of(me)).where(Sale.order_id == found.id).order_by(Sale.id.desc()).limit(LATEST_SALES)
    return render_template(
        "advertiser/order.html",
        order=found,
        usage=usage_of(found, clock.now().date(), wallet_of(me.organisation_id).available),
        filter_words=in_words(found.revision.filter, fields),
        endpoint=next((one for one in endpoints if one.id == found.revision.endpoint_id), None),
        history=_history(found, fields, endpoints),
        latest=shown_sales(db.session.scalars(latest).all()),
        members=_members(me),
    )


def _history(found: Order, fields: Sequence[Field], endpoints: Sequence[DeliveryEndpoint]) -> list[RevisionChange]:
    revisions = select(OrderRevision).where(OrderRevision.order_id == found.id).order_by(OrderRevision.number)
    return history(db.session.scalars(revisions).all(), fields, {one.id: one.name for one in endpoints})


def _members(me: Principal) -> dict[UUID, str]:
    rows = db.session.execute(select(Member.id, Member.name).where(Member.organisation_id == me.organisation_id))
    return dict(rows.all())


@pages.post("/orders/<order_name>/status")
def order_status(order_name: str) -> Response:
    """Pause, activate or close an order."""
    found = order_for(principal(ADVERTISER), parse_id("order", order_name))
    set_order_status(found, request.form.get("status", ""))
    db.session.commit()
    flash(f"“{found.revision.name}” {_SAID[found.status]}.", "success")
    return redirect(url_for("advertiser.order", order_name=order_name))


def fields_of(vertical: Vertical) -> list[Field]:
    """The fields of the vertical's current version."""
    return [Field.from_json(stored) for stored in vertical.versions[0].fields]
