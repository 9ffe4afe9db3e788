"""The advertiser's pages about leads bought: the list, its export, one lead and its delivery."""

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, stream_with_context, url_for
from sqlalchemy import ColumnElement, Select, select, tuple_
from werkzeug.wrappers import Response

from core import audit, clock
from core.database import db
from core.identity.principal import ADVERTISER, Principal, principal
from core.ids import parse_id, public_id
from core.pages import listing
from marketplace import advertiser_figures
from marketplace.access import endpoint_for, order_for, orders_of, sale_for, sales_of
from marketplace.advertiser_portal import asked_day, day_conditions, pages
from marketplace.leads.models import Lead
from marketplace.orders.models import Order, OrderRevision
from marketplace.sales.delivery import send_again
from marketplace.sales.export import csv_lines, field_names
from marketplace.sales.models import Sale
from marketplace.sales.shown import for_lists, opened, shown_sales
from marketplace.verticals.models import Vertical, VerticalVersion

DELIVERIES = {
    "portal": "On these pages only",
    "pending": "Pending",
    "delivered": "Delivered",
    "failed": "Given up",
    "failing": "Failing so far, or given up",
}


@pages.get("/sales")
def sales() -> str:
    """All leads bought, filtered and sorted as the address asks."""
    me = principal(ADVERTISER)
    sorts: dict[str, ColumnElement[Any]] = {
        "bought": Sale.id.expression,
        "price": tuple_(Sale.price, Sale.id),
        "score": tuple_(Lead.score, Sale.id),
    }
    page = listing(_asked_sales(me), sorts, "-bought")
    rows = shown_sales(page.rows)
    return render_template(
        "advertiser/sales.html",
        page=page,
        rows=rows,
        orders=_own_orders(me),
        verticals=_bought_verticals(me),
        deliveries=DELIVERIES,
        columns={name for row in rows for name in ("name", "phone", "email", "place") if getattr(row.contact, name)},
    )


@pages.get("/sales.csv")
def sales_csv() -> FlaskResponse:
    """The filtered list as a CSV file with every field, written as it is read. The export goes into the audit log."""
    me = principal(ADVERTISER)
    asked = {name: value for name, value in request.args.items() if value}
    audit.record("sales.exported", "organisation", me.organisation_id, after={"filters": asked})
    db.session.commit()
    versions = db.session.scalars(
        select(VerticalVersion)
        .where(VerticalVersion.id.in_(_asked_sales(me).with_only_columns(Lead.vertical_version_id)))
        .order_by(VerticalVersion.vertical_id, VerticalVersion.number.desc())
    ).all()
    lines = csv_lines(_asked_sales(me).order_by(Sale.id.desc()), field_names(versions))
    name = f"leads-bought-{clock.now():%Y-%m-%d}.csv"
    return FlaskResponse(
        stream_with_context(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _asked_sales(me: Principal) -> Select[Any]:
    """The sales that the address asks for; what makes no sense there is passed over."""
    query = for_lists(sales_of(me)).join(Lead, Lead.id == Sale.lead_id)
    asked = request.args
    if asked.get("order"):
        query = query.where(Sale.order_id == parse_id("order", asked["order"]))
    if asked.get("vertical"):
        versions = select(VerticalVersion.id).join(Vertical).where(Vertical.slug == asked["vertical"])
        query = query.where(Lead.vertical_version_id.in_(versions))
    if asked.get("delivery") == "failing":
        query = query.where(advertiser_figures.failing())
    elif asked.get("delivery") in DELIVERIES:
        query = query.where(Sale.delivery == asked["delivery"])
    first = asked_day("from")
    if first:
        query = query.where(advertiser_figures.sold_since(advertiser_figures.start_of(first)))
    return query.where(*day_conditions(Sale.sold_at))


def _own_orders(me: Principal) -> list[tuple[str, str]]:
    rows = db.session.execute(
        orders_of(me)
        .with_only_columns(Order.id, OrderRevision.name)
        .join(OrderRevision, OrderRevision.id == Order.revision_id)
        .order_by(OrderRevision.name)
    )
    return [(public_id("order", order_id), name) for order_id, name in rows]


def _bought_verticals(me: Principal) -> list[tuple[str, str]]:
    """The verticals the advertiser has orders in: no others can have been bought."""
    used = orders_of(me).with_only_columns(Order.vertical_id)
    rows = db.session.execute(select(Vertical.slug, Vertical.name).where(Vertical.id.in_(used)).order_by(Vertical.name))
    return list(rows.all())


@pages.get("/sales/<sale_name>")
def sale(sale_name: str) -> str:
    """One lead bought: every field, price, score, and how it was delivered."""
    me = principal(ADVERTISER)
    found = sale_for(me, parse_id("sale", sale_name))
    return render_template(
        "advertiser/sale.html",
        shown=opened(found),
        sale=found,
        lead=found.lead,
        order=order_for(me, found.order_id),
        tries=advertiser_figures.tries_of(found),
        endpoint=endpoint_for(me, found.endpoint_id) if found.endpoint_id else None,
    )


@pages.post("/sales/<sale_name>/deliver")
def deliver_again(sale_name: str) -> Response:
    """Send a delivered or given-up lead once more."""
    found = sale_for(principal(ADVERTISER), parse_id("sale", sale_name))
    db.session.refresh(found, with_for_update={"of": Sale})
    if found.endpoint_id is None:
        flash("This lead was bought without a delivery endpoint, so there is nowhere to send it.", "warning")
    elif found.delivery == "pending":
        flash("This lead is on its way already; what fails is tried again by itself.", "info")
    else:
        send_again(found)
        db.session.commit()
        flash("The lead is being sent again.", "success")
    return redirect(url_for("advertiser.sale", sale_name=sale_name))
