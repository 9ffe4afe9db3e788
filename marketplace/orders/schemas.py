"""The shapes of the orders API."""

from typing import Any

from marshmallow import Schema, ValidationError, fields

from core.ids import parse_id
from core.money import AmountError, parse_amount


class Amount(fields.Field[int]):
    """Money as a decimal string, in Python as integer micros."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str):
            raise ValidationError('must be a decimal string, such as "12.50"')
        try:
            return parse_amount(value)
        except AmountError as error:
            raise ValidationError(str(error)) from None


class PublicId(fields.Field[Any]):
    """A prefixed identifier, in Python a UUID."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = parse_id(self.kind, value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("is not such an identifier")
        return found


class OrderChangeSchema(Schema):
    """What may be changed of an order; what is left out stays."""

    name = fields.String()
    price = Amount(metadata={"type": "string", "example": "12.50"})
    filter = fields.Dict(
        metadata={
            "description": 'conditions that must all pass: {"all": [{"field": "state", "in": ["CA", "TX"]}, '
            '{"field": "age", "min": 25, "max": 60}, {"field": "publisher", "not_in": ["org_…"]}]}',
            "example": {"all": [{"field": "state", "in": ["CA", "TX"]}]},
        }
    )
    day_leads_cap = fields.Integer(allow_none=True, strict=True)
    day_spend_cap = Amount(allow_none=True, metadata={"type": "string"})
    total_leads_cap = fields.Integer(allow_none=True, strict=True)
    total_spend_cap = Amount(allow_none=True, metadata={"type": "string"})
    endpoint_id = PublicId("endpoint", allow_none=True, metadata={"type": "string"})
    status = fields.String(metadata={"enum": ["active", "paused", "closed"]})


class NewOrderSchema(OrderChangeSchema):
    """A new order."""

    vertical = fields.String(required=True)
    name = fields.String(required=True)
    price = Amount(required=True, metadata={"type": "string", "example": "12.50"})
    filter = fields.Dict(load_default=dict, metadata={"description": "left out: every lead of the vertical"})


class OrderSchema(Schema):
    """An order as its advertiser sees it; the day's figures count from midnight UTC."""

    id = fields.String(required=True)
    revision = fields.Integer(required=True)
    vertical = fields.String(required=True)
    status = fields.String(required=True)
    name = fields.String(required=True)
    price = fields.String(required=True)
    currency = fields.String(required=True)
    filter = fields.Dict(required=True)
    day_leads_cap = fields.Integer(allow_none=True)
    day_spend_cap = fields.String(allow_none=True)
    total_leads_cap = fields.Integer(allow_none=True)
    total_spend_cap = fields.String(allow_none=True)
    endpoint_id = fields.String(allow_none=True)
    used = fields.Dict(required=True, metadata={"description": "day_leads, day_spend, total_leads, total_spend"})
    created_at = fields.String(required=True, metadata={"format": "date-time"})
