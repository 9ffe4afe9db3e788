"""The advertiser's pages on which an order is made or changed: a form that builds the filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.database import db
from core.errors import Conflict, DomainError, NotFound
from core.forms import show_errors
from core.identity.principal import ADVERTISER, Principal, principal
from core.ids import parse_id, public_id
from marketplace.access import endpoints_of, order_for
from marketplace.advertiser_portal import active_verticals, pages
from marketplace.orders.editing import create_order, revise_order, set_order_status, terms_of
from marketplace.orders.filter_form import FilterForm
from marketplace.orders.filters import filterable, in_words, parse_filter
from marketplace.orders.forms import OrderForm
from marketplace.orders.models import Order
from marketplace.orders.portal import fields_of
from marketplace.sales.models import DeliveryEndpoint
from marketplace.verticals.editing import vertical_by_slug
from marketplace.verticals.fields import Field
from marketplace.verticals.models import Vertical


@dataclass(slots=True)
class Draft:
    """An order as the form has it: terms, filter, and the vertical it is for."""

    form: OrderForm
    asked: FilterForm
    vertical: Vertical
    fields: Sequence[Field]

    def is_valid(self) -> bool:
        """Whether the form could be read; every fault is put beside its field, the filter's too."""
        readable = bool(self.form.validate())
        own = self.asked.own_faults()
        if readable and not own:
            return True
        self.asked.show([*parse_filter(self.asked.as_json(), self.fields)[1], *own])
        return False

    def show(self, error: DomainError) -> None:
        """Put the errors of a refusal beside their fields."""
        others = self.asked.show(error.errors)
        if others or not error.errors:
            show_errors(self.form, type(error)(error.detail, others))


@pages.route("/orders/new", methods=["GET", "POST"])
def new_order() -> Response | str | tuple[str, int]:
    """Make an order: choose the vertical first, then fill in the form."""
    me = principal(ADVERTISER)
    slug = request.args.get("vertical")
    if not slug:
        choices = [(one, filterable(fields_of(one)), one.versions[0].max_buyers) for one in active_verticals()]
        return render_template("advertiser/order_vertical.html", choices=choices)
    draft = _draft(me, _vertical(slug), None)
    if not draft.form.is_submitted():
        return _form_page(draft, None)
    if draft.is_valid():
        try:
            made = create_order(me, me.organisation_id, draft.vertical, draft.form.terms(draft.asked.as_json()))
            if draft.form.paused.data:
                set_order_status(made, "paused")
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            draft.show(error)
        else:
            flash("The order is saved, but paused." if made.status == "paused" else "The order is buying.", "success")
            return redirect(url_for("advertiser.order", order_name=public_id("order", made.id)))
    return _form_page(draft, None), 422


@pages.route("/orders/<order_name>/edit", methods=["GET", "POST"])
def edit_order(order_name: str) -> Response | str | tuple[str, int]:
    """Change an order's terms, which makes a new revision."""
    me = principal(ADVERTISER)
    found = order_for(me, parse_id("order", order_name))
    if found.status == "closed":
        raise Conflict("A closed order cannot be changed.")
    draft = _draft(me, found.vertical, found)
    if not draft.form.is_submitted():
        return _form_page(draft, found)
    if draft.is_valid():
        try:
            revised = _revise(me, found, draft)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            draft.show(error)
        else:
            flash("The order is changed." if revised else "Nothing was different, so nothing was changed.", "success")
            return redirect(url_for("advertiser.order", order_name=order_name))
    return _form_page(draft, found), 422


def _revise(me: Principal, found: Order, draft: Draft) -> bool:
    """Whether there is a new revision. Raises Conflict where somebody else made one since the form was shown."""
    before = found.revision.number
    if draft.form.revision.data != str(before):
        raise Conflict("Somebody changed this order while you were at it. Open it again to see how it stands now.")
    revised = revise_order(me, found, draft.form.terms(draft.asked.as_json())).revision.number
    if revised > before + 1:
        raise Conflict("Somebody changed this order at this very moment. Open it again to see how it stands now.")
    return revised > before


@pages.post("/orders/words")
def order_words() -> str:
    """The form's filter in words, as it is being filled in: a part of the page."""
    me = principal(ADVERTISER)
    order_name = request.args.get("order")
    found = order_for(me, parse_id("order", order_name)) if order_name else None
    draft = _draft(me, found.vertical if found else _vertical(request.args.get("vertical", "")), found)
    return render_template("advertiser/_order_words.html", **_summary(draft))


def _draft(me: Principal, vertical: Vertical, found: Order | None) -> Draft:
    endpoints = db.session.scalars(endpoints_of(me).order_by(DeliveryEndpoint.name)).all()
    fields = fields_of(vertical)
    stored = found.revision.filter if found else {}
    form = OrderForm.showing(endpoints, terms_of(found), found.revision.number) if found else OrderForm(endpoints)
    sent = form.is_submitted()
    asked = FilterForm.sent(request.form, fields, stored) if sent else FilterForm.stored(stored, fields)
    return Draft(form, asked, vertical, fields)


def _summary(draft: Draft) -> dict[str, Any]:
    normal, wrong = parse_filter(draft.asked.as_json(), draft.fields)
    unread = len(wrong) + len(draft.asked.own_faults())
    readable = {"all": [] if unread else normal["all"]}
    return {
        "form": draft.form,
        "vertical": draft.vertical,
        "words": in_words(readable, draft.fields),
        "not_always_given": draft.asked.not_always_given,
        "unread": unread,
    }


def _form_page(draft: Draft, found: Order | None) -> str:
    return render_template("advertiser/order_form.html", order=found, asked=draft.asked, **_summary(draft))


def _vertical(slug: str) -> Vertical:
    vertical = vertical_by_slug(slug)
    if vertical.status != "active":
        raise NotFound(f"There is no vertical '{slug}'.")
    return vertical
