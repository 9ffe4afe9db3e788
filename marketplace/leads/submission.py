"""Parsing a submission: what the publisher sent, as the vertical's fields and the envelope around them. Pure.

Names are compared without regard to case. The envelope's aliases are those of the platforms publishers come
from (LeadsPedia, Lead Prosper, PX, TUNE, Everflow, CAKE, Affise), so that postings need not be rewritten.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import FieldError, Invalid
from core.ids import parse_id
from marketplace.orders.filters import CHANNELS
from marketplace.verticals.spec import VerticalSpec

LONGEST_TRACKING = 1_000
MOST_FIELDS = 300

_ALIASES = {
    "vertical": ("type", "lead_type"),
    "offer_id": ("offer",),
    "channel": ("medium", "utm_medium", "traffic_type"),
    "source": ("src", "source_id", "utm_source", "placement"),
    "reference": ("source_lead_id", "external_id", "externalid", "ref_id", "leadid"),
    "click_id": ("clickid", "transaction_id", "lp_request_id"),
    "consent": ("tcpa_text", "tcpatext", "trustedform", "trusted_form", "xxtrustedformcerturl", "trustedform_cert_url",
                "jornayaleadid", "universal_leadid", "leadid_token", "consent_text"),
    "ip": ("ip_address", "ipaddress", "client_ip", "user_ip"),
    "user_agent": ("useragent", "ua", "browser_agent"),
    "landing_url": ("originalurl", "landing_page", "landing_page_url", "page_url", "url"),
    "captured_at": ("capture_date", "submitted_at", "optin_date"),
    **{
        f"sub{n}": (f"s{n}", f"lp_s{n}", f"lp_subid{n}", f"sub{n}id", f"sub_id{n}", f"sub_id_{n}", f"subid{n}",
                    f"aff_sub{n}", f"c{n}")
        for n in range(1, 11)
    },
}  # fmt: skip
_ALIASES["sub1"] += ("subid", "sub_id", "aff_sub", "pub_id")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
ENVELOPE = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}

_CHANNEL_ALIASES = {
    "search": "paid_search", "ppc": "paid_search", "sem": "paid_search", "cpc": "paid_search", "seo": "organic",
    "e-mail": "email", "mail": "email", "facebook": "social", "banner": "display", "phone": "call",
    "word of mouth": "word_of_mouth", "partner": "affiliate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key a lead was sent under, and the hash of what was sent."""

    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """One lead as sent. `values` are raw, by field name; `unknown` is what the vertical has no field for."""

    publisher_id: UUID
    vertical: VerticalSpec
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]
    envelope: Mapping[str, str]
    channel: str | None
    offer_id: UUID | None
    received_at: datetime
    body_hash: bytes
    test: bool = False
    idempotency: IdempotencyKey | None = field(default=None)


def parse_submission(
    body: Any,
    publisher_id: UUID,
    verticals: Mapping[str, VerticalSpec],
    offers: Mapping[UUID, str],
    received_at: datetime,
    test: bool = False,
    key: str | None = None,
) -> Submission:
    """Sort what was sent into envelope, fields and unknown. `offers` gives each active offer's vertical.

    Raises Invalid, listing every fault of the request itself; faults of the lead are the verification's.
    """
    if not isinstance(body, Mapping) or len(body) > MOST_FIELDS:
        raise Invalid(f"A lead is one JSON object of at most {MOST_FIELDS} fields, or a form.")
    flat = {str(name).strip(): value for name, value in _flattened(body)}
    envelope, wrong = _read_envelope(flat)
    offer_id = parse_id("offer", envelope["offer_id"]) if "offer_id" in envelope else None
    offer_vertical = offers.get(offer_id) if offer_id else None
    if "offer_id" in envelope and offer_vertical is None:
        wrong.append(FieldError("offer_id", "unknown", "is not an active offer"))
    slug = envelope.get("vertical") or offer_vertical
    vertical = verticals.get((slug or "").casefold())
    if vertical is None:
        code = "unknown" if slug else "missing"
        wrong.append(FieldError("vertical", code, "must name the kind of lead", sorted(verticals)))
    elif offer_vertical and offer_vertical != vertical.slug:
        wrong.append(FieldError("vertical", "offer", "is not the vertical of this offer", [offer_vertical]))
    if wrong or vertical is None:
        raise Invalid("The lead cannot be read.", wrong)
    values, unknown = _sort_values(flat, vertical)
    hashed = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).digest()
    return Submission(
        publisher_id,
        vertical,
        values,
        unknown,
        {name: text for name, text in envelope.items() if name not in ("vertical", "offer_id")},
        _channel(envelope.get("channel")),
        offer_id,
        received_at,
        hashed,
        test,
        IdempotencyKey(key, hashed) if key else None,
    )


def _flattened(body: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Fields may also stand in an object of their own: `fields`, `lead`, or PX's `ContactData`."""
    flat: list[tuple[str, Any]] = []
    for name, value in body.items():
        nested = isinstance(value, dict) and str(name).casefold() in ("fields", "lead", "contactdata", "contact")
        flat += list(value.items()) if nested else [(name, value)]
    return flat


def _read_envelope(flat: Mapping[str, Any]) -> tuple[dict[str, str], list[FieldError]]:
    envelope: dict[str, str] = {}
    wrong = []
    for given, value in flat.items():
        name = ENVELOPE.get(given.casefold())
        if name is None or value is None or value == "":
            continue
        if isinstance(value, (dict, list)):
            wrong.append(FieldError(given, "type", "must be a single value"))
            continue
        text = str(value).strip()
        if len(text) > LONGEST_TRACKING or not storable(text):
            wrong.append(FieldError(given, "text", f"must be plain text of at most {LONGEST_TRACKING} characters"))
        elif name not in envelope or given.casefold() == name:
            envelope[name] = text
    return envelope, wrong


def _sort_values(flat: Mapping[str, Any], vertical: VerticalSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for given, value in flat.items():
        folded = given.casefold()
        known = vertical.by_name.get(folded)
        if known is not None:
            if known.name not in values or folded == known.name:
                values[known.name] = value
        elif folded not in ENVELOPE:
            unknown[given] = value
    return values, unknown


def _channel(given: str | None) -> str | None:
    if given is None:
        return None
    folded = given.casefold()
    folded = _CHANNEL_ALIASES.get(folded, folded.replace("-", "_").replace(" ", "_"))
    return folded if folded in CHANNELS else "other"


def storable(text: str) -> bool:
    """Whether PostgreSQL can store the text: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None
