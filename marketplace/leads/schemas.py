"""The shapes of the leads API, for the OpenAPI document. What is sent is read by the vertical, not by these."""

from marshmallow import Schema, fields, validate

from marketplace.leads.models import STATUSES
from marketplace.orders.filters import CHANNELS, WARMTHS


class ReasonSchema(Schema):
    """Why a lead got its verdict."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    field = fields.String()
    allowed = fields.Raw()


class VerdictSchema(Schema):
    """The answer to one submitted lead."""

    lead_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    score = fields.Integer(required=True)
    warmth = fields.String(required=True, validate=validate.OneOf(WARMTHS))
    payout = fields.String(required=True, metadata={"description": "decimal; what the publisher earns"})
    currency = fields.String(required=True)
    buyers = fields.Integer(required=True)
    receipt = fields.String(required=True, metadata={"description": "signed proof of this submission"})
    status_url = fields.URL(required=True)
    elapsed_ms = fields.Float(required=True)
    test = fields.Boolean(required=True)
    unknown_fields = fields.List(fields.String(), metadata={"description": "kept, but not known to the vertical"})


class BatchLineSchema(Schema):
    """One line's verdict, as for a single lead; a line that could not be read has a code and errors instead."""

    line = fields.Integer(required=True, metadata={"description": "counted from 0"})
    status = fields.String(
        required=True, metadata={"description": "a verdict, or malformed, or failed (send it again)"}
    )
    lead_id = fields.String()
    reasons = fields.List(fields.Nested(ReasonSchema))
    score = fields.Integer()
    warmth = fields.String()
    payout = fields.String()
    currency = fields.String()
    buyers = fields.Integer()
    receipt = fields.String()
    status_url = fields.URL()
    elapsed_ms = fields.Float()
    test = fields.Boolean()
    unknown_fields = fields.List(fields.String())
    code = fields.String()
    detail = fields.String()
    errors = fields.List(fields.Dict())


class BatchSchema(Schema):
    """The answer to a batch: one verdict per line, in order."""

    data = fields.List(fields.Nested(BatchLineSchema))
    summary = fields.Dict(keys=fields.String(), values=fields.Integer())


class LeadSchema(Schema):
    """A lead as its publisher or an admin sees it."""

    id = fields.String(required=True)
    vertical = fields.String(required=True)
    received_at = fields.String(required=True, metadata={"format": "date-time"})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    score = fields.Integer(required=True)
    warmth = fields.String(required=True)
    score_reasons = fields.List(fields.Dict())
    payout = fields.String(required=True)
    currency = fields.String(required=True)
    channel = fields.String(allow_none=True)
    tracking = fields.Dict()
    attributes = fields.Dict(metadata={"description": "normalised values that are not personal data"})
    test = fields.Boolean(required=True)


LEAD_BODY = {
    "type": "object",
    "required": ["vertical"],
    "additionalProperties": True,
    "description": "The vertical's fields (by name or alias; see GET /v1/verticals) and the envelope around them.",
    "properties": {
        "vertical": {"type": "string", "example": "auto-insurance"},
        "offer_id": {"type": "string", "description": "makes it a targeted lead, for that offer's advertiser only"},
        "channel": {"type": "string", "description": f"one of {', '.join(CHANNELS)}; anything else is kept as other"},
        "source": {"type": "string", "maxLength": 1000},
        "sub1": {"type": "string", "maxLength": 1000, "description": "sub1 … sub10 are your own labels"},
        "reference": {"type": "string", "maxLength": 1000, "description": "your own id of the lead"},
        "consent": {"type": "string", "maxLength": 1000, "description": "certificate's address or consent text"},
        "ip": {"type": "string", "maxLength": 1000},
        "user_agent": {"type": "string", "maxLength": 1000},
        "landing_url": {"type": "string", "maxLength": 1000},
    },
}
