"""The sales API: what an advertiser bought, with the whole lead; and the verticals that may be posted."""

from typing import Any

from flask import current_app
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core.api import CURSOR_PARAMETERS, cursor_page, page_of, rfc3339
from core.identity.principal import ADVERTISER, NETWORK, principal
from core.ids import parse_id, public_id
from core.money import decimal_text
from marketplace.access import sale_for, sales_of
from marketplace.leads.person import full_values
from marketplace.sales.models import Sale

api = Blueprint("Sales", __name__, url_prefix="/v1", description="Purchased leads")


class SaleSchema(Schema):
    """One purchased lead. `lead` has every field, personal ones too, for its buyer; an admin sees it without."""

    id = fields.String(required=True)
    lead_id = fields.String(required=True)
    order_id = fields.String(required=True)
    vertical = fields.String(required=True)
    sold_at = fields.String(required=True, metadata={"format": "date-time"})
    price = fields.String(required=True)
    currency = fields.String(required=True)
    delivery = fields.String(required=True, metadata={"enum": ["portal", "pending", "delivered", "failed"]})
    score = fields.Integer(required=True)
    warmth = fields.String(required=True)
    lead = fields.Dict(required=True)


@api.get("/sales")
@api.response(200, page_of(SaleSchema))
@api.doc(summary="List purchased leads", parameters=CURSOR_PARAMETERS)
def list_sales() -> dict[str, Any]:
    """Your purchased leads with full contact data, newest first."""
    return cursor_page(sales_of(principal(ADVERTISER, NETWORK)), Sale.id, "sale", _as_json)  # type: ignore[arg-type]


@api.get("/sales/<sale_id>")
@api.response(200, SaleSchema)
@api.doc(summary="Look up a purchased lead")
def get_sale(sale_id: str) -> dict[str, Any]:
    """One purchased lead."""
    return _as_json(sale_for(principal(ADVERTISER, NETWORK), parse_id("sale", sale_id)))


def _as_json(sale: Sale) -> dict[str, Any]:
    lead = sale.lead
    mine = principal().organisation_id == sale.advertiser_id
    return {
        "id": public_id("sale", sale.id),
        "lead_id": public_id("lead", lead.id),
        "order_id": public_id("order", sale.order_id),
        "vertical": lead.vertical_version.vertical.slug,
        "sold_at": rfc3339(sale.sold_at),
        "price": decimal_text(sale.price),
        "currency": current_app.config["FAIRLEAD"].currency,
        "delivery": sale.delivery,
        "score": lead.score,
        "warmth": lead.warmth,
        "lead": full_values(lead) if mine else lead.attributes,
    }
