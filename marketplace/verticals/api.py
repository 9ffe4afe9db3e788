"""The verticals API: what can be posted, as data."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core.identity.principal import principal
from marketplace.market import current_market
from marketplace.verticals.fields import Field

api = Blueprint("Verticals", __name__, url_prefix="/v1", description="Verticals: the kinds of leads and their fields")


class FieldSchema(Schema):
    """One field of a vertical."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    type = fields.String(required=True)
    required = fields.Boolean(required=True)
    personal = fields.Boolean(required=True)
    example = fields.String(required=True)
    aliases = fields.List(fields.String(), required=True)
    accepts = fields.Raw(required=True)


class VerticalSchema(Schema):
    """A kind of lead in its current version."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    window_days = fields.Integer(required=True, metadata={"description": "how long a contact stays a duplicate"})
    max_buyers = fields.Integer(required=True, metadata={"description": "how many advertisers may buy one lead"})
    fields_ = fields.List(fields.Nested(FieldSchema), data_key="fields", attribute="fields", required=True)


class VerticalsSchema(Schema):
    """All verticals."""

    data = fields.List(fields.Nested(VerticalSchema), required=True)


@api.get("/verticals")
@api.response(200, VerticalsSchema)
@api.doc(summary="List verticals")
def list_verticals() -> dict[str, Any]:
    """Every active vertical with its fields, their types and examples."""
    principal()
    specs = sorted(current_market().verticals.values(), key=lambda spec: spec.name)
    return {
        "data": [
            {
                "slug": spec.slug,
                "name": spec.name,
                "window_days": spec.window_days,
                "max_buyers": spec.max_buyers,
                "fields": [_field(field) for field in spec.fields],
            }
            for spec in specs
        ]
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "required": field.required,
        "personal": field.personal,
        "example": field.example,
        "aliases": list(field.aliases),
        "accepts": field.allowed,
    }
