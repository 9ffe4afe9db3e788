"""The orders API: an advertiser's standing orders."""

from dataclasses import replace
from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from core import clock
from core.api import CURSOR_PARAMETERS, IDEMPOTENCY_PARAMETER, cursor_page, page_of, rfc3339
from core.database import db
from core.errors import FieldError, Invalid, NotFound
from core.idempotency import idempotent
from core.identity.principal import ADVERTISER, NETWORK, principal
from core.ids import parse_id, public_id
from core.money import decimal_text
from marketplace.access import order_for, orders_of
from marketplace.orders.editing import OrderTerms, create_order, revise_order, set_order_status, snapshot, terms_of
from marketplace.orders.models import Order
from marketplace.orders.schemas import NewOrderSchema, OrderChangeSchema, OrderSchema
from marketplace.verticals.editing import vertical_by_slug

api = Blueprint("Orders", __name__, url_prefix="/v1", description="Standing orders to buy leads")


@api.get("/orders")
@api.response(200, page_of(OrderSchema))
@api.doc(summary="List orders", parameters=CURSOR_PARAMETERS)
def list_orders() -> dict[str, Any]:
    """Your orders, newest first."""
    return cursor_page(orders_of(principal(ADVERTISER, NETWORK)), Order.id, "order", _as_json)  # type: ignore[arg-type]


@api.post("/orders")
@api.arguments(NewOrderSchema)
@api.response(201, OrderSchema)
@api.doc(summary="Create an order", parameters=[IDEMPOTENCY_PARAMETER])
@idempotent
def new_order(given: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Create a standing order; it buys at once unless `status` is paused."""
    who = principal(ADVERTISER)
    status = given.pop("status", "active")
    try:
        vertical = vertical_by_slug(given.pop("vertical"))
    except NotFound as error:
        raise Invalid(errors=[FieldError("vertical", "unknown", error.detail)]) from None
    order = create_order(who, who.organisation_id, vertical, OrderTerms(**given))
    if status != "active":
        set_order_status(order, status)
    return _as_json(order), 201


@api.get("/orders/<order_id>")
@api.response(200, OrderSchema)
@api.doc(summary="Look up an order")
def get_order(order_id: str) -> dict[str, Any]:
    """One order with what it has used of its caps."""
    return _as_json(order_for(principal(ADVERTISER, NETWORK), parse_id("order", order_id)))


@api.route("/orders/<order_id>", methods=["PATCH"])
@api.arguments(OrderChangeSchema)
@api.response(200, OrderSchema)
@api.doc(summary="Change an order")
def change_order(given: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Change terms (which makes a new revision) or status; what is left out stays as it is."""
    who = principal(ADVERTISER)
    order = order_for(who, parse_id("order", order_id))
    status = given.pop("status", None)
    if given:
        revise_order(who, order, replace(terms_of(order), **given))
    if status is not None:
        set_order_status(order, status)
    db.session.commit()
    return _as_json(order)


def _as_json(order: Order) -> dict[str, Any]:
    today = order.used_day == clock.now().date()
    return {
        "id": public_id("order", order.id),
        "revision": order.revision.number,
        "vertical": order.vertical.slug,
        "status": order.status,
        **snapshot(order.revision),
        "currency": current_app.config["FAIRLEAD"].currency,
        "used": {
            "day_leads": order.day_leads if today else 0,
            "day_spend": decimal_text(order.day_spend if today else 0),
            "total_leads": order.total_leads,
            "total_spend": decimal_text(order.total_spend),
        },
        "created_at": rfc3339(order.created_at),
    }
