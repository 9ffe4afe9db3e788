"""The advertiser's pages: overview, wallet, offers. Orders, leads bought and delivery have theirs in their rooms."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from affiliates.forms import OfferForm
from affiliates.models import Offer
from affiliates.offers import create_offer, set_offer_status
from billing.wallet_statement import kinds_in, statement_lines
from billing.wallets import wallet_of
from core import clock
from core.database import db
from core.errors import DomainError, NotFound
from core.forms import show_errors
from core.identity.principal import ADVERTISER, principal
from core.identity.sessions import only_for
from core.ids import parse_id
from core.money import decimal_text
from core.pages import listing
from marketplace import advertiser_figures
from marketplace.access import offers_of, orders_of, sales_of
from marketplace.advertiser_figures import DayFigures, Period
from marketplace.orders.models import Order, OrderRevision
from marketplace.orders.usage import usage_of
from marketplace.sales.models import Sale
from marketplace.sales.shown import for_lists, shown_sales
from marketplace.verticals.editing import vertical_by_slug
from marketplace.verticals.models import Vertical

pages = Blueprint("advertiser", __name__, url_prefix="/advertiser")
OVERVIEW_ORDERS = 30
OVERVIEW_SALES = 10
LINE_WORDS = {"sale": "Lead bought", "sale.reversal": "Lead returned", "top_up": "Paid in"}


@pages.before_request
def door() -> None:
    """Only advertisers' members come in."""
    only_for(ADVERTISER)


@pages.get("/")
def overview() -> str:
    """Money, purchases and orders at a glance."""
    me = principal(ADVERTISER)
    today = clock.now().date()
    days = advertiser_figures.figures_by_day(me.organisation_id, today)
    wallet = wallet_of(me.organisation_id)
    open_orders = orders_of(me).where(Order.status != "closed").order_by(Order.status, Order.id.desc())
    open_orders = open_orders.options(joinedload(Order.revision).defer(OrderRevision.filter))
    orders = [(order, usage_of(order, today, wallet.available)) for order in db.session.scalars(open_orders)]
    active = [usage for order, usage in orders if order.status == "active"]
    waiting = sum(bool(usage.obstacle) for usage in active)
    latest = db.session.scalars(for_lists(sales_of(me)).order_by(Sale.id.desc()).limit(OVERVIEW_SALES)).all()
    return render_template(
        "advertiser/overview.html",
        wallet=wallet,
        today=days[-1],
        month=Period.of(days),
        failing=advertiser_figures.failing_deliveries(me.organisation_id, today),
        since=advertiser_figures.first_day(today),
        labels=[f"{day.day:%b} {day.day.day}" for day in days],
        series=_chart(days),
        orders=orders[:OVERVIEW_ORDERS],
        buying=len(active) - waiting,
        waiting=waiting,
        paused=len(orders) - len(active),
        latest=shown_sales(latest),
    )


def _chart(days: list[DayFigures]) -> list[dict[str, Any]]:
    label = f"Spend ({current_app.config['FAIRLEAD'].currency})"
    return [
        {"label": "Leads bought", "colour": "sold", "data": [day.leads for day in days]},
        {
            "label": label,
            "colour": "line",
            "kind": "line",
            "axis": "right",
            "data": [decimal_text(day.spend) for day in days],
        },
    ]


@pages.get("/wallet")
def wallet() -> str:
    """The wallet as it stands, every movement, and spend by order."""
    me = principal(ADVERTISER)
    found = wallet_of(me.organisation_id)
    lines = statement_lines(found.account_id).c
    conditions: list[ColumnElement[bool]] = []
    if request.args.get("kind"):
        conditions.append(lines.kind == request.args["kind"])
    conditions += day_conditions(lines.at)
    sorts: dict[str, ColumnElement[Any]] = {"date": lines.place, "amount": lines.amount}
    page = listing(select(*lines).where(*conditions), sorts, "-date", scalars=False)
    sales = [row.reverses_id if row.kind == "sale.reversal" else row.id for row in page.rows]
    return render_template(
        "advertiser/wallet.html",
        wallet=found,
        page=page,
        kinds=[(kind, line_words(kind)) for kind in db.session.scalars(kinds_in(found.account_id))],
        line_words=line_words,
        bought=advertiser_figures.order_names(me.organisation_id, sales),
        by_order=advertiser_figures.spend_by_order(me.organisation_id, clock.now().date()),
    )


def line_words(kind: str) -> str:
    """What a line of the statement is, in words."""
    return LINE_WORDS.get(kind) or kind.replace(".", " ").replace("_", " ").capitalize()


@pages.route("/offers", methods=["GET", "POST"])
def offers() -> Response | str | tuple[str, int]:
    """The offers; makes another."""
    me = principal(ADVERTISER)
    form = OfferForm()
    verticals = active_verticals()
    form.vertical.choices = [(one.slug, one.name) for one in verticals]
    if form.validate_on_submit():
        try:
            vertical = vertical_by_slug(form.vertical.data)
            create_offer(me.organisation_id, vertical.id, form.name.data, form.landing_url.data)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            show_errors(form, error)
        else:
            flash("The offer is active. Give publishers its id.", "success")
            return redirect(url_for("advertiser.offers"))
    return _offers_page(me.organisation_id, form), 422 if form.errors else 200


def _offers_page(advertiser_id: UUID, form: OfferForm) -> str:
    me = principal(ADVERTISER)
    found = db.session.scalars(offers_of(me).order_by(Offer.status, Offer.id.desc())).all()
    buying = select(Order.vertical_id).where(Order.advertiser_id == advertiser_id, Order.status == "active")
    return render_template(
        "advertiser/offers.html",
        form=form,
        offers=found,
        verticals={one.id: one.name for one in db.session.scalars(select(Vertical))},
        buying=set(db.session.scalars(buying)),
        leads=advertiser_figures.leads_by_offer(advertiser_id, clock.now().date()),
    )


@pages.post("/offers/<offer_name>/status")
def offer_status(offer_name: str) -> Response:
    """Pause or activate an offer."""
    mine = offers_of(principal(ADVERTISER)).where(Offer.id == parse_id("offer", offer_name))
    offer = db.session.scalars(mine).first()
    if offer is None:
        raise NotFound()
    set_offer_status(offer, request.form.get("status", ""))
    db.session.commit()
    flash(f"“{offer.name}” is {offer.status}.", "success")
    return redirect(url_for("advertiser.offers"))


def active_verticals() -> list[Vertical]:
    """The verticals that can be bought, by name."""
    return list(db.session.scalars(select(Vertical).where(Vertical.status == "active").order_by(Vertical.name)))


def day_conditions(column: Any) -> list[ColumnElement[bool]]:
    """The conditions of the address's `from` and `to` (days in UTC) on a moment; malformed days are passed over."""
    conditions: list[ColumnElement[bool]] = []
    first, last = asked_day("from"), asked_day("to")
    if first:
        conditions.append(column >= advertiser_figures.start_of(first))
    if last:
        conditions.append(column < advertiser_figures.start_of(date.fromordinal(last.toordinal() + 1)))
    return conditions


def asked_day(name: str) -> date | None:
    """The day in the address's argument `name`, if it is one."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None
