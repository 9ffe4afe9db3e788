"""Offers: advertisers' products that publishers promote. A lead that names one may be sold to its advertiser only."""

from urllib.parse import urlsplit
from uuid import UUID

from affiliates.models import Offer
from core import audit, clock, versions
from core.database import db
from core.errors import FieldError, Invalid
from core.ids import new_id

STATUSES = ("active", "paused")
LONGEST_URL = 2_000


def create_offer(advertiser_id: UUID, vertical_id: UUID, name: str, landing_url: str | None = None) -> Offer:
    """A new active offer in that vertical. Raises Invalid with every fault."""
    name, landing_url = name.strip(), (landing_url or "").strip() or None
    wrong = [] if 1 <= len(name) <= 120 else [FieldError("name", "length", "must have 1 to 120 characters")]
    if landing_url and not _is_page(landing_url):
        wrong.append(FieldError("landing_url", "address", "must be an address such as https://example.com/quote"))
    if wrong:
        raise Invalid(errors=wrong)
    offer = Offer(
        id=new_id(),
        advertiser_id=advertiser_id,
        vertical_id=vertical_id,
        name=name,
        landing_url=landing_url,
        status="active",
        created_at=clock.now(),
    )
    db.session.add(offer)
    db.session.flush()
    audit.record("offer.created", "offer", offer.id, after={"name": name, "landing_url": landing_url})
    versions.bump("offers")
    return offer


def set_offer_status(offer: Offer, status: str) -> None:
    """Activate or pause an offer; leads that name a paused one are refused. Raises Invalid."""
    if status not in STATUSES:
        raise Invalid(errors=[FieldError("status", "choice", "must be one of the accepted values", list(STATUSES))])
    db.session.refresh(offer, with_for_update=True)
    before, offer.status = offer.status, status
    if before != status:
        db.session.flush()
        audit.record("offer.status", "offer", offer.id, before={"status": before}, after={"status": status})
        versions.bump("offers")


def _is_page(url: str) -> bool:
    """Whether it is an address that a browser may be sent to: https, a host, no name and password in it."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = len(url) <= LONGEST_URL and not any(c.isspace() or ord(c) < 32 for c in url)
    host = parts.hostname or ""
    return plain and port_is_fine and parts.scheme == "https" and "." in host and parts.username is None
