"""Delivery endpoints: where an advertiser's systems receive leads, and which addresses are allowed."""

import base64
import ipaddress
import secrets
import socket
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select

from core import audit, clock
from core.database import db
from core.errors import FieldError, Invalid
from core.ids import new_id
from core.vault import vault
from marketplace.orders.models import Order, OrderRevision
from marketplace.sales.models import DeliveryEndpoint

LONGEST_URL = 2_000
MOST_ENDPOINTS = 50


class AddressRefused(Exception):
    """The address may not be called; the message says why."""


def check_url(url: str, private_allowed: bool) -> None:
    """Refuse an address that is not http(s) or, unless `private_allowed`, is not https or not public.

    Raises AddressRefused. Called when an endpoint is saved and again before each call, for names can move.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("must be an address such as https://crm.example.com/leads") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or len(url) > LONGEST_URL:
        raise AddressRefused("must be an address such as https://crm.example.com/leads")
    if private_allowed:
        return
    if parts.scheme != "https":
        raise AddressRefused("must start with https://")
    try:
        found = socket.getaddrinfo(parts.hostname, port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise AddressRefused("names a host that cannot be found") from None
    if not all(ipaddress.ip_address(str(info[4][0])).is_global for info in found):
        raise AddressRefused("must be a public address")


def create_endpoint(advertiser_id: UUID, name: str, url: str) -> tuple[DeliveryEndpoint, str]:
    """A new endpoint; returns it with its signing secret, to be shown once. Raises Invalid."""
    wrong = [] if 1 <= len(name.strip()) <= 80 else [FieldError("name", "length", "must have 1 to 80 characters")]
    owned = select(func.count()).select_from(DeliveryEndpoint).where(DeliveryEndpoint.advertiser_id == advertiser_id)
    if (db.session.scalar(owned) or 0) >= MOST_ENDPOINTS:
        wrong.append(FieldError("name", "count", f"there may be at most {MOST_ENDPOINTS} endpoints"))
    try:
        check_url(url.strip(), current_app.config["FAIRLEAD"].private_webhooks)
    except AddressRefused as refused:
        wrong.append(FieldError("url", "address", str(refused)))
    if wrong:
        raise Invalid(errors=wrong)
    identifier = new_id()
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    sealed, data_key = vault().seal({"secret": secret}, identifier.bytes)
    endpoint = DeliveryEndpoint(
        id=identifier,
        advertiser_id=advertiser_id,
        name=name.strip(),
        url=url.strip(),
        sealed_secret=sealed,
        data_key=data_key,
        status="active",
        created_at=clock.now(),
    )
    db.session.add(endpoint)
    db.session.flush()
    audit.record("endpoint.created", "endpoint", endpoint.id, after={"name": endpoint.name, "url": endpoint.url})
    return endpoint, secret


def set_endpoint_status(endpoint: DeliveryEndpoint, status: str) -> None:
    """Activate or disable an endpoint. While disabled, deliveries to it fail and are tried again. Raises Invalid."""
    if status not in ("active", "disabled"):
        raise Invalid(errors=[FieldError("status", "choice", "must be active or disabled", ["active", "disabled"])])
    before, endpoint.status = endpoint.status, status
    audit.record("endpoint.status", "endpoint", endpoint.id, before={"status": before}, after={"status": status})


def orders_using(endpoint: DeliveryEndpoint) -> int:
    """How many open orders deliver to the endpoint now."""
    query = (
        select(func.count())
        .select_from(Order)
        .join(OrderRevision, OrderRevision.id == Order.revision_id)
        .where(OrderRevision.endpoint_id == endpoint.id, Order.status != "closed")
    )
    return db.session.scalar(query) or 0


def signing_secret(endpoint: DeliveryEndpoint) -> bytes:
    """The key that deliveries to the endpoint are signed with."""
    opened = vault().open(endpoint.sealed_secret, endpoint.data_key, endpoint.id.bytes)["secret"]
    return base64.b64decode(opened.removeprefix("whsec_"))
