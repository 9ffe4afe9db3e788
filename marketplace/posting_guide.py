"""Examples of how to post leads of a vertical, made from its current version. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.leads.submission import ENVELOPE
from marketplace.orders.filters import CHANNELS
from marketplace.verticals.fields import Field
from marketplace.verticals.spec import VerticalSpec

# Examples for fields that have none of their own.
_BY_TYPE: Mapping[str, Any] = {
    "text": "text", "number": 42, "date": "2026-01-31", "boolean": "yes", "zip": "10001", "state": "NY",
    "phone": "(212) 736-5000", "email": "ada@example.com",
}  # fmt: skip

_MEANINGS = {
    "vertical": "The kind of lead. Not needed if offer_id is sent.",
    "offer_id": "The offer the person answered; only its advertiser may buy the lead then.",
    "channel": f"How the person came: {', '.join(CHANNELS)}.",
    "source": "Where the lead came from: your placement or site.",
    "sub1": "Your own labels sub1 to sub10, for your reports. At most 1,000 characters each.",
    "reference": "Your own id of the lead; you find the lead by it later.",
    "click_id": "The click the lead came from.",
    "consent": "The consent text shown, or a certificate's address. A documented consent raises the score.",
    "ip": "The person's IP address (stored encrypted).",
    "user_agent": "The person's browser (stored encrypted).",
    "landing_url": "The page on which the person filled in the form.",
    "captured_at": "When the person filled in the form.",
}


@dataclass(frozen=True, slots=True)
class EnvelopeField:
    """A name around the lead's own fields, what it means, and its other names."""

    name: str
    meaning: str
    aliases: list[str]


def envelope_fields() -> list[EnvelopeField]:
    """What may stand beside a vertical's fields; sub1 stands for all ten."""
    return [
        EnvelopeField(name, meaning, [alias for alias, to in ENVELOPE.items() if to == name and alias != name])
        for name, meaning in _MEANINGS.items()
    ]


def example_value(field: Field) -> Any:
    """The field's own example, or one that its type accepts."""
    if field.example:
        return field.example
    if field.choices:
        return field.choices[0]
    if field.type == "number" and field.lowest is not None:
        middle = field.lowest if field.highest is None else (field.lowest + field.highest) / 2
        return round(middle)
    return _BY_TYPE[field.type]


def example_lead(vertical: VerticalSpec) -> dict[str, Any]:
    """A complete lead as it would be sent."""
    fields = {field.name: example_value(field) for field in vertical.fields}
    return {"vertical": vertical.slug, **fields, "channel": "paid_search", "sub1": "landing-a", "reference": "A-1001"}


def curl_single(base_url: str, vertical: VerticalSpec) -> str:
    """A command that posts one lead."""
    return _curl(base_url, "/v1/leads", json.dumps(example_lead(vertical), indent=2), ["Idempotency-Key: A-1001"])


def curl_batch(base_url: str, vertical: VerticalSpec) -> str:
    """A command that posts two leads in one request."""
    lead = example_lead(vertical)
    leads = [lead, {**lead, "reference": "A-1002"}]
    return _curl(base_url, "/v1/leads/batch", json.dumps(leads, indent=2), [])


def example_answer(base_url: str, vertical: VerticalSpec, currency: str) -> str:
    """The answer to a sold lead, for documentation."""
    name = "lead_0198f0a2c1d07b6e9f3a5d2c4b6e8f10"
    answer = {
        "lead_id": name,
        "status": "sold",
        "reasons": [{"code": "sold", "message": "Sold to 1 advertiser"}],
        "score": 67,
        "warmth": "warm",
        "payout": "12.50",
        "currency": currency,
        "buyers": 1,
        "receipt": "v1.eyJsZWFkIjoibGVhZF8w….Zk3v9w…",
        "status_url": f"{base_url}/v1/leads/{name}",
        "test": False,
        "elapsed_ms": 9,
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)


def example_problem(vertical: VerticalSpec) -> str:
    """The answer to a request that cannot be read, for documentation."""
    wrong = {
        "field": "vertical",
        "code": "unknown",
        "message": "must name the kind of lead",
        "allowed": [vertical.slug],
    }
    problem = {
        "type": "/docs#error-invalid",
        "title": "Some fields are missing or wrong",
        "status": 422,
        "code": "invalid",
        "detail": "The lead cannot be read.",
        "errors": [wrong],
    }
    return json.dumps(problem, indent=2)


def _curl(base_url: str, path: str, body: str, headers: list[str]) -> str:
    lines = [f"curl {base_url}{path} \\", '  -H "Authorization: Bearer $FAIRLEAD_KEY" \\']
    lines += [f'  -H "{header}" \\' for header in ["Content-Type: application/json", *headers]]
    quoted = body.replace("'", "'\\''")
    return "\n".join([*lines, f"  -d '{quoted}'"])
