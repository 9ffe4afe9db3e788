"""Delivering sold leads: a signed webhook per sale, sent by a job, tried again with back-off, every try on record.

The signature is that of Standard Webhooks (standardwebhooks.com): headers `webhook-id`, `webhook-timestamp` and
`webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">`. Delivery is at least once; the id is the
sale's, so a receiver can tell a repetition.
"""

import base64
import hmac
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import requests
from flask import current_app
from sqlalchemy import func, select, update

from core import clock
from core.database import db
from core.ids import public_id
from core.jobs import Job, defer, job
from core.money import decimal_text
from marketplace.leads.models import Lead
from marketplace.leads.person import full_values
from marketplace.sales.endpoints import AddressRefused, check_url, signing_secret
from marketplace.sales.models import DeliveryAttempt, DeliveryEndpoint, Sale

log = logging.getLogger(__name__)
# Waiting times after the first, second, … failed try: quick at first, then for a receiver that is down for a day.
BACK_OFF = (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
SIDE_BY_SIDE = 16
CHUNK = 64


@dataclass(frozen=True, slots=True)
class Parcel:
    """A sale ready to be sent: where to, the exact body, its signature's key, and why it is not sent, if so."""

    lead_id: UUID
    sale_id: UUID
    url: str
    body: bytes
    key: bytes
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try came to: the HTTP status, or the fault where no answer came; how long it took."""

    status: int | None
    fault: str | None
    milliseconds: int

    @property
    def delivered(self) -> bool:
        """Any 2xx is an acknowledgement."""
        return self.status is not None and 200 <= self.status < 300


@job("sales.deliver")
def deliver(sales: list[list[str]]) -> None:
    """Deliver these sales ([lead id, sale id] in hexadecimal), side by side; what fails is deferred for later."""
    keys = [(UUID(hex=lead), UUID(hex=sale)) for lead, sale in sales]
    for start in range(0, len(keys), CHUNK):
        parcels = [parcel for key in keys[start : start + CHUNK] if (parcel := _pack(*key))]
        db.session.commit()  # no transaction stays open while the network is waited for
        settings = current_app.config["FAIRLEAD"]
        post = partial(send, timeout=settings.webhook_timeout, private_allowed=settings.private_webhooks)
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            results = list(threads.map(post, parcels))
        for parcel, tried in zip(parcels, results, strict=True):
            record_try(parcel, tried, clock.now())
        db.session.commit()


def send(parcel: Parcel, timeout: float, private_allowed: bool) -> Tried:
    """Send one parcel over HTTP, waiting `timeout` seconds at most for each answer; touches no database."""
    if parcel.refused:
        return Tried(None, parcel.refused, 0)
    try:
        check_url(parcel.url, private_allowed)  # again, for names can come to mean other addresses
    except AddressRefused as refused:
        return Tried(None, f"the address {refused}", 0)
    moment = str(int(time.time()))
    identifier = public_id("sale", parcel.sale_id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Fairlead/1",
        "webhook-id": identifier,
        "webhook-timestamp": moment,
        "webhook-signature": signature(parcel.key, identifier, moment, parcel.body),
    }
    began = time.perf_counter()
    status, fault = None, None
    try:
        with requests.post(
            parcel.url, data=parcel.body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        fault = type(error).__name__
    return Tried(status, fault, int((time.perf_counter() - began) * 1000))


def signature(key: bytes, identifier: str, moment: str, body: bytes) -> str:
    """The `webhook-signature` header's value."""
    digest = hmac.digest(key, f"{identifier}.{moment}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def record_try(parcel: Parcel, tried: Tried, now: datetime) -> None:
    """Write the try down, and the sale's new state; defers the next try where one is due."""
    number = 1 + (
        db.session.scalar(
            select(func.max(DeliveryAttempt.number)).where(
                DeliveryAttempt.lead_id == parcel.lead_id, DeliveryAttempt.sale_id == parcel.sale_id
            )
        )
        or 0
    )
    db.session.add(
        DeliveryAttempt(
            lead_id=parcel.lead_id,
            sale_id=parcel.sale_id,
            number=number,
            at=now,
            status=tried.status,
            fault=tried.fault,
            milliseconds=tried.milliseconds,
        )
    )
    db.session.flush()
    if tried.delivered:
        _set_state(parcel, "delivered")
    elif number > len(BACK_OFF):
        _set_state(parcel, "failed")
        log.warning("gave up delivering %s after %d tries", public_id("sale", parcel.sale_id), number)
    else:
        later = now + timedelta(seconds=BACK_OFF[number - 1])
        arguments = {"sales": [[parcel.lead_id.hex, parcel.sale_id.hex]]}
        defer(Job("sales.deliver", arguments, not_before=later))


def send_again(sale: Sale) -> None:
    """Let a failed or delivered sale be delivered once more, at its advertiser's or an admin's wish."""
    sale.delivery = "pending"
    defer(Job("sales.deliver", {"sales": [[sale.lead_id.hex, sale.id.hex]]}))


def payload(sale: Sale, lead: Lead) -> dict[str, Any]:
    """What an advertiser receives: the sale and the whole lead."""
    return {
        "event": "lead.sold",
        "sale_id": public_id("sale", sale.id),
        "lead_id": public_id("lead", lead.id),
        "order_id": public_id("order", sale.order_id),
        "vertical": lead.vertical_version.vertical.slug,
        "sold_at": sale.sold_at.isoformat(),
        "price": decimal_text(sale.price),
        "currency": current_app.config["FAIRLEAD"].currency,
        "score": lead.score,
        "warmth": lead.warmth,
        "lead": full_values(lead),
    }


def _pack(lead_id: UUID, sale_id: UUID) -> Parcel | None:
    """The sale's parcel, or None where it needs no delivery (any more)."""
    sale = db.session.get(Sale, (lead_id, sale_id))
    if sale is None or sale.delivery != "pending" or sale.endpoint_id is None:
        return None
    endpoint = db.session.get_one(DeliveryEndpoint, sale.endpoint_id)
    body = json.dumps(payload(sale, sale.lead), separators=(",", ":")).encode()
    disabled = "the endpoint is disabled" if endpoint.status == "disabled" else None
    return Parcel(lead_id, sale_id, endpoint.url, body, signing_secret(endpoint), disabled)


def _set_state(parcel: Parcel, state: str) -> None:
    mine = (Sale.lead_id == parcel.lead_id, Sale.id == parcel.sale_id)
    db.session.execute(update(Sale).where(*mine).values(delivery=state))
