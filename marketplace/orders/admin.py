"""The admins' view of orders, to look at only: what they ask, pay, and have used of their caps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, select, tuple_

from billing.models import Account, Balance
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
from marketplace.orders.usage import Usage, history, usage_of
from marketplace.sales.models import DeliveryEndpoint
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
    page = listing(query, sorts, "-made")
    return render_template(
        "admin/orders.html",
        page=page,
        usage=_usage(page.rows),
        advertisers=[(public_id("organisation", one.id), one.name) for one in advertisers],
        verticals=[(one.slug, one.name) for one in verticals],
        statuses=[(status, status) for status in STATUSES],
    )


def order(order_name: str) -> str:
    """One order: its terms in words, the use of its caps, its revisions."""
    found = order_for(principal(), parse_id("order", order_name))
    fields = [Field.from_json(stored) for stored in found.vertical.versions[0].fields]
    revisions = db.session.scalars(
        select(OrderRevision).where(OrderRevision.order_id == found.id).order_by(OrderRevision.number)
    ).all()
    endpoints = db.session.scalars(
        select(DeliveryEndpoint).where(DeliveryEndpoint.advertiser_id == found.advertiser_id)
    )
    names = {endpoint.id: endpoint.name for endpoint in endpoints}
    return render_template(
        "admin/order.html",
        order=found,
        order_name=order_name,
        usage=_usage([found])[found.id],
        conditions=in_words(found.revision.filter, fields),
        history=history(revisions, fields, names),
        endpoint=names.get(found.revision.endpoint_id) if found.revision.endpoint_id else None,
    )


def _wallets(orders: Sequence[Order]) -> dict[UUID, int]:
    """What the advertisers of these orders can spend, in micros."""
    rows = db.session.execute(
        select(Account.owner_id, Balance.credit - Balance.debit - Balance.pending)
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.kind == "wallet", Account.owner_id.in_({one.advertiser_id for one in orders}))
    )
    return {owner: int(available) for owner, available in rows if owner}


def _usage(orders: Sequence[Order]) -> dict[UUID, Usage]:
    """The use of each order's caps today."""
    wallets, today = _wallets(orders), clock.now().date()
    return {one.id: usage_of(one, today, wallets.get(one.advertiser_id, 0)) for one in orders}
