"""Creating orders and changing them: a change is a new revision; pausing is a status."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import audit, clock, versions
from core.database import db
from core.errors import Conflict, FieldError, Invalid
from core.identity.principal import Principal
from core.ids import new_id, public_id
from core.money import decimal_text
from marketplace.orders.filters import parse_filter
from marketplace.orders.models import Order, OrderRevision
from marketplace.sales.models import DeliveryEndpoint
from marketplace.verticals.fields import Field
from marketplace.verticals.models import Vertical

STATUSES = ("active", "paused", "closed")
LARGEST_PRICE = 100_000 * 1_000_000


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What an order asks and pays. Prices and spend in micros; None for no cap."""

    name: str
    price: int
    filter: Any
    day_leads_cap: int | None = None
    day_spend_cap: int | None = None
    total_leads_cap: int | None = None
    total_spend_cap: int | None = None
    endpoint_id: UUID | None = None


def create_order(who: Principal, advertiser_id: UUID, vertical: Vertical, terms: OrderTerms) -> Order:
    """A new active order of that advertiser. Raises Invalid with every fault."""
    checked = _checked(advertiser_id, vertical, terms)
    order = Order(
        id=new_id(),
        advertiser_id=advertiser_id,
        vertical_id=vertical.id,
        status="active",
        day_leads=0,
        day_spend=0,
        total_leads=0,
        total_spend=0,
        created_at=clock.now(),
    )
    db.session.add(order)
    db.session.flush()
    _add_revision(who, order, 1, terms, checked)
    audit.record("order.created", "order", order.id, after=snapshot(order.revision))
    return order


def revise_order(who: Principal, order: Order, terms: OrderTerms) -> Order:
    """Give the order a new revision, if anything is different. Raises Invalid, or Conflict for a closed order."""
    if order.status == "closed":
        raise Conflict("A closed order cannot be changed.")
    checked = _checked(order.advertiser_id, order.vertical, terms)
    _lock(order)
    before = snapshot(order.revision)
    if before == _snapshot_of(terms, checked):
        return order
    _add_revision(who, order, order.revision.number + 1, terms, checked)
    audit.record("order.revised", "order", order.id, before=before, after=snapshot(order.revision))
    return order


def set_order_status(order: Order, status: str) -> None:
    """Activate, pause or close (for good) an order. Raises Invalid, or Conflict for a closed order."""
    if status not in STATUSES:
        raise Invalid(errors=[FieldError("status", "choice", "must be one of the accepted values", list(STATUSES))])
    _lock(order)
    if order.status == "closed" and status != "closed":
        raise Conflict("A closed order cannot be opened again; create a new one.")
    before, order.status = order.status, status
    if before != status:
        db.session.flush()
        audit.record("order.status", "order", order.id, before={"status": before}, after={"status": status})
        versions.bump("orders")


def _lock(order: Order) -> None:
    """Lock the row that sales lock: they happen under the old state before this, or under the new one after it.

    Locked first and read again afterwards: a joined row of a locking query may be older than its lock.
    """
    db.session.execute(select(Order.id).where(Order.id == order.id).with_for_update(key_share=True))
    db.session.refresh(order)


def terms_of(order: Order) -> OrderTerms:
    """The order's terms as they now stand."""
    now = order.revision
    return OrderTerms(
        now.name,
        now.price,
        now.filter,
        now.day_leads_cap,
        now.day_spend_cap,
        now.total_leads_cap,
        now.total_spend_cap,
        now.endpoint_id,
    )


def snapshot(revision: OrderRevision) -> dict[str, Any]:
    """A revision as the audit log and the API write it."""
    return _as_json(revision, revision.filter)


def _snapshot_of(terms: OrderTerms, checked: dict[str, Any]) -> dict[str, Any]:
    return _as_json(terms, checked)


def _as_json(terms: OrderTerms | OrderRevision, filter_json: dict[str, Any]) -> dict[str, Any]:
    def money(amount: int | None) -> str | None:
        return None if amount is None else decimal_text(amount)

    return {
        "name": terms.name,
        "price": decimal_text(terms.price),
        "filter": filter_json,
        "day_leads_cap": terms.day_leads_cap,
        "day_spend_cap": money(terms.day_spend_cap),
        "total_leads_cap": terms.total_leads_cap,
        "total_spend_cap": money(terms.total_spend_cap),
        "endpoint_id": public_id("endpoint", terms.endpoint_id) if terms.endpoint_id else None,
    }


def _add_revision(who: Principal, order: Order, number: int, terms: OrderTerms, checked: dict[str, Any]) -> None:
    revision = OrderRevision(
        id=new_id(),
        order_id=order.id,
        number=number,
        name=terms.name.strip(),
        price=terms.price,
        filter=checked,
        day_leads_cap=terms.day_leads_cap,
        day_spend_cap=terms.day_spend_cap,
        total_leads_cap=terms.total_leads_cap,
        total_spend_cap=terms.total_spend_cap,
        endpoint_id=terms.endpoint_id,
        created_at=clock.now(),
        member_id=who.member_id,
    )
    db.session.add(revision)
    db.session.flush()
    order.revision_id = revision.id
    db.session.flush()
    db.session.refresh(order)
    versions.bump("orders")


def _checked(advertiser_id: UUID, vertical: Vertical, terms: OrderTerms) -> dict[str, Any]:
    """The filter, normalised. Raises Invalid with every fault of the terms."""
    fields = [Field.from_json(stored) for stored in vertical.versions[0].fields]
    normal, wrong = parse_filter(terms.filter, fields)
    if not 1 <= len(terms.name.strip()) <= 120:
        wrong.append(FieldError("name", "length", "must have 1 to 120 characters"))
    if not 0 < terms.price <= LARGEST_PRICE:
        most = decimal_text(LARGEST_PRICE)
        wrong.append(FieldError("price", "range", f"must be more than 0 and at most {most}"))
    for name in ("day_leads_cap", "day_spend_cap", "total_leads_cap", "total_spend_cap"):
        cap = getattr(terms, name)
        if cap is not None and not 0 < cap < 2**31 * (1_000_000 if "spend" in name else 1):
            wrong.append(FieldError(name, "range", "must be more than 0; leave it out for no cap"))
    if terms.endpoint_id is not None:
        owner = select(DeliveryEndpoint.id).where(
            DeliveryEndpoint.id == terms.endpoint_id, DeliveryEndpoint.advertiser_id == advertiser_id
        )
        if db.session.scalar(owner) is None:
            wrong.append(FieldError("endpoint_id", "unknown", "is not one of your delivery endpoints"))
    if wrong:
        raise Invalid(errors=wrong)
    return normal
