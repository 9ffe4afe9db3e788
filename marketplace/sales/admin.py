"""The admins' view of sales: the list, and sending one to its advertiser's systems again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, select, tuple_
from werkzeug.wrappers import Response

from core.database import db
from core.errors import Conflict
from core.identity.models import Organisation
from core.identity.principal import ADVERTISER, principal
from core.ids import parse_id, public_id
from core.pages import listing
from core.periods import asked_period
from marketplace.access import sale_for, sales_of
from marketplace.admin_figures import first_id
from marketplace.sales.delivery import send_again
from marketplace.sales.models import Sale

DELIVERIES = {
    "portal": "on the page only", "pending": "pending", "delivered": "delivered", "failed": "failed",
}  # fmt: skip


def add_pages(portal: Blueprint) -> None:
    """Put the sale pages into the portal."""
    portal.add_url_rule("/sales", "sales", sales)
    portal.add_url_rule("/sales/<sale_name>", "sale", sale)
    portal.add_url_rule("/sales/<sale_name>/send", "send_sale", send, methods=["POST"])


def sales() -> str:
    """All sales, filtered by advertiser, order, delivery and day."""
    asked, period = request.args, asked_period()
    query = sales_of(principal()).where(*period.conditions(Sale.sold_at))
    if period.first:
        query = query.where(Sale.lead_id >= first_id(period.first))
    if asked.get("advertiser"):
        query = query.where(Sale.advertiser_id == parse_id("organisation", asked["advertiser"]))
    if asked.get("order"):
        query = query.where(Sale.order_id == parse_id("order", asked["order"].strip()))
    if asked.get("delivery") in DELIVERIES:
        query = query.where(Sale.delivery == asked["delivery"])
    sorts: dict[str, ColumnElement[Any]] = {
        "sold": tuple_(Sale.lead_id, Sale.id),
        "price": tuple_(Sale.price, Sale.id),
        "margin": tuple_(Sale.margin, Sale.id),
    }
    advertisers = db.session.scalars(
        select(Organisation).where(Organisation.kind == ADVERTISER).order_by(Organisation.name)
    )
    return render_template(
        "admin/sales.html",
        page=listing(query, sorts, "-sold"),
        advertisers=[(public_id("organisation", one.id), one.name) for one in advertisers],
        deliveries=list(DELIVERIES.items()),
    )


def sale(sale_name: str) -> Response:
    """A sale is shown with its lead."""
    found = sale_for(principal(), parse_id("sale", sale_name))
    return redirect(url_for("admin.lead", lead_name=public_id("lead", found.lead_id), _anchor=sale_name))


def send(sale_name: str) -> Response:
    """Deliver a sale once more."""
    found = sale_for(principal(), parse_id("sale", sale_name))
    if found.endpoint_id is None or found.delivery == "pending":
        raise Conflict("This sale has no endpoint to go to, or is on its way already.")
    send_again(found)
    db.session.commit()
    flash("The sale is on its way again.", "success")
    return redirect(url_for("admin.lead", lead_name=public_id("lead", found.lead_id), _anchor=sale_name))
