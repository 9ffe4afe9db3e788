"""A lead's way through the pipeline as an admin audits it: every step with what it saw, without personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from affiliates.models import Commission
from core.database import db
from core.identity.models import Organisation
from marketplace.leads.models import Lead
from marketplace.leads.person import open_person
from marketplace.orders.models import Order, OrderRevision
from marketplace.sales.models import DeliveryAttempt, DeliveryEndpoint, Sale
from marketplace.verticals.fields import TYPES, Field

# One order's result; verdicts.REASONS_OF_REFUSAL says the same of several at once.
RESULTS = {
    "bought": "bought the lead",
    "not_active": "was paused meanwhile",
    "revised": "was changed at this very moment",
    "bought_already": "its advertiser had bought the lead already",
    "day_leads_cap": "had all the leads it takes that day",
    "day_spend_cap": "had spent its budget for that day",
    "total_leads_cap": "had all the leads it takes",
    "total_spend_cap": "had spent its whole budget",
    "no_funds": "its advertiser had no money left",
}

_REVISIONS = (
    select(
        OrderRevision.id,
        OrderRevision.order_id,
        OrderRevision.number,
        OrderRevision.name,
        Organisation.id,
        Organisation.name,
    )
    .join(Order, Order.id == OrderRevision.order_id)
    .join(Organisation, Organisation.id == Order.advertiser_id)
)


@dataclass(frozen=True, slots=True)
class ReadField:
    """One field of the vertical: the value where it is not personal, and what became of it.

    `state` is `read`, `given` (personal, so its value is not shown), `unread` (sent, but not of its type), `absent`,
    or `forgotten` where the person's data was destroyed.
    """

    field: Field
    state: str
    value: Any = None

    @property
    def type_title(self) -> str:
        """The field's type as pages name it."""
        return TYPES[self.field.type].title


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that the allocation looked at, the revision and price it saw, and the result as a code and in words."""

    place: int
    order_id: UUID
    revision: int
    name: str
    advertiser_id: UUID
    advertiser: str
    price: int
    code: str

    @property
    def result(self) -> str:
        """The result in words."""
        return RESULTS.get(self.code, self.code.replace("_", " "))


@dataclass(frozen=True, slots=True)
class SaleStory:
    """A sale of the lead with its commission, where it was delivered to, and every attempt."""

    sale: Sale
    commission: Commission | None
    endpoint: DeliveryEndpoint | None
    attempts: list[DeliveryAttempt]


def read_fields(lead: Lead) -> tuple[list[ReadField], list[str]]:
    """The vertical's fields with what became of each, and the names that were sent but the vertical does not know."""
    person = open_person(lead)
    personal, unread = person.get("fields", {}), person.get("unread", {})
    found = []
    for stored in lead.vertical_version.fields:
        field = Field.from_json(stored)
        if field.name in lead.attributes:
            found.append(ReadField(field, "read", lead.attributes[field.name]))
        elif field.name in personal:
            found.append(ReadField(field, "given"))
        elif field.name in unread:
            found.append(ReadField(field, "unread"))
        else:
            forgotten = lead.data_key is None and field.personal
            found.append(ReadField(field, "forgotten" if forgotten else "absent"))
    return found, sorted(person.get("unknown", {}))


def candidates_of(lead: Lead) -> list[Candidate]:
    """Every order that the allocation looked at, in its order."""
    seen: Sequence[tuple[str, int, str]] = (lead.decision or {}).get("seen", [])
    revisions = [UUID(hex=revision) for revision, _, _ in seen]
    rows = db.session.execute(_REVISIONS.where(OrderRevision.id.in_(revisions))).all()
    known = {row[0]: row[1:] for row in rows}
    return [
        Candidate(place, *known[revision], price, why)
        for place, (revision, (_, price, why)) in enumerate(zip(revisions, seen, strict=True), 1)
        if revision in known
    ]


def sales_of_lead(lead: Lead) -> list[SaleStory]:
    """The lead's sales, dearest first, each with its commission and the attempts to deliver it."""
    sales = db.session.scalars(select(Sale).where(Sale.lead_id == lead.id).order_by(Sale.price.desc(), Sale.id)).all()
    ids = [sale.id for sale in sales]
    commissions = db.session.scalars(select(Commission).where(Commission.sale_id.in_(ids)))
    earned = {commission.sale_id: commission for commission in commissions}
    wanted = {sale.endpoint_id for sale in sales}
    endpoints = {e.id: e for e in db.session.scalars(select(DeliveryEndpoint).where(DeliveryEndpoint.id.in_(wanted)))}
    tries = db.session.scalars(
        select(DeliveryAttempt).where(DeliveryAttempt.lead_id == lead.id).order_by(DeliveryAttempt.number)
    ).all()
    return [
        SaleStory(
            sale,
            earned.get(sale.id),
            endpoints.get(sale.endpoint_id) if sale.endpoint_id else None,
            [one for one in tries if one.sale_id == sale.id],
        )
        for sale in sales
    ]
