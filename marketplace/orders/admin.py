"""The admins' view of orders, to look at only: what they ask, pay, and have used of their caps."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, select, tuple_

from core import clock
from core.database import db
from core.identity.models import Organisation
from core.identity.principal import ADVERTISER, principal
from core.ids import parse_id, public_id
from core.pages import listing
from marketplace.access import order_for, orders_of
from marketplace.orders.editing import STATUSES
from marketplace.orders.filters import in_words
from marketplace.orders.models import Order, OrderRevision
from marketplace.verticals.fields import Field
from marketplace.verticals.models import Vertical


def add_pages(portal: Blueprint) -> None:
    """Put the order pages into the portal."""
    portal.add_url_rule("/orders", "orders", orders)
    portal.add_url_rule("/orders/<order_name>", "order", order)


def orders() -> str:
    """All orders with the use of their caps."""
    asked = request.args
    # The join is inner on purpose: no order is ever without a revision once it is committed.
    query = orders_of(principal()).join(OrderRevision, OrderRevision.id == Order.revision_id)
    if asked.get("advertiser"):
        query = query.where(Order.advertiser_id == parse_id("organisation", asked["advertiser"]))
    if asked.get("vertical"):
        query = query.where(Order.vertical_id.in_(select(Vertical.id).where(Vertical.slug == asked["vertical"])))
    if asked.get("status") in STATUSES:
        query = query.where(Order.status == asked["status"])
    sorts: dict[str, ColumnElement[Any]] = {
        "made": Order.id.expression,
        "price": tuple_(OrderRevision.price, Order.id),
        "leads": tuple_(Order.total_leads, Order.id),
        "spend": tuple_(Order.total_spend, Order.id),
    }
    advertisers = db.session.scalars(
        select(Organisation).where(Organisation.kind == ADVERTISER).order_by(Organisation.name)
    )
    verticals = db.session.scalars(select(Vertical).order_by(Vertical.name))
    return render_template(
        "admin/orders.html",
        page=listing(query, sorts, "-made"),
        today=clock.now().date(),
        used_today=used_today,
        advertisers=[(public_id("organisation", one.id), one.name) for one in advertisers],
        verticals=[(one.slug, one.name) for one in verticals],
        statuses=[(status, status) for status in STATUSES],
    )


def order(order_name: str) -> str:
    """One order: its terms in words, the use of its caps, its revisions."""
    found = order_for(principal(), parse_id("order", order_name))
    fields = [Field.from_json(stored) for stored in found.vertical.versions[0].fields]
    revisions = db.session.scalars(
        select(OrderRevision).where(OrderRevision.order_id == found.id).order_by(OrderRevision.number.desc())
    )
    return render_template(
        "admin/order.html",
        order=found,
        order_name=order_name,
        today=clock.now().date(),
        used_today=used_today,
        conditions=in_words(found.revision.filter, fields),
        revisions=[(one, in_words(one.filter, fields)) for one in revisions],
    )


def used_today(order: Order, today: date) -> tuple[int, int]:
    """Leads and spend (micros) of the order today; its day's counters stand for nothing on any other day."""
    return (order.day_leads, order.day_spend) if order.used_day == today else (0, 0)
