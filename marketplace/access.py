"""Who may see what: one function per object, used by pages and API alike. What may not be seen is not there (404)."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from affiliates.models import Offer
from core.database import db
from core.errors import NotFound
from core.identity.principal import ADVERTISER, PUBLISHER, Principal
from marketplace.leads.models import Lead
from marketplace.orders.models import Order
from marketplace.sales.models import DeliveryEndpoint, Sale

Found = TypeVar("Found", Lead, Order, Sale, DeliveryEndpoint)


def leads_of(who: Principal) -> Select[Lead]:
    """The leads `who` may list: a publisher's own, an admin's all. An advertiser sees sales instead."""
    query = select(Lead).options(joinedload(Lead.vertical_version), joinedload(Lead.publisher))
    if who.is_admin:
        return query
    return query.where(Lead.publisher_id == (who.organisation_id if who.role == PUBLISHER else None))


def lead_for(who: Principal, lead_id: UUID | None) -> Lead:
    """One lead that `who` may see. Raises NotFound."""
    return _one(leads_of(who).where(Lead.id == lead_id))


def orders_of(who: Principal) -> Select[Order]:
    """The orders `who` may list: an advertiser's own, an admin's all."""
    query = select(Order)
    if who.is_admin:
        return query.options(joinedload(Order.advertiser))
    return query.where(Order.advertiser_id == (who.organisation_id if who.role == ADVERTISER else None))


def order_for(who: Principal, order_id: UUID | None) -> Order:
    """One order that `who` may see and change. Raises NotFound."""
    return _one(orders_of(who).where(Order.id == order_id))


def sales_of(who: Principal) -> Select[Sale]:
    """The sales `who` may list: an advertiser's purchases, an admin's all. A publisher sees commissions instead."""
    query = select(Sale).options(
        joinedload(Sale.revision), joinedload(Sale.lead).joinedload(Lead.vertical_version), joinedload(Sale.advertiser)
    )
    if who.is_admin:
        return query
    return query.where(Sale.advertiser_id == (who.organisation_id if who.role == ADVERTISER else None))


def sale_for(who: Principal, sale_id: UUID | None) -> Sale:
    """One sale that `who` may see. Raises NotFound."""
    return _one(sales_of(who).where(Sale.id == sale_id))


def endpoints_of(who: Principal) -> Select[DeliveryEndpoint]:
    """The delivery endpoints `who` may list and change: an advertiser's own."""
    return select(DeliveryEndpoint).where(DeliveryEndpoint.advertiser_id == who.organisation_id)


def endpoint_for(who: Principal, endpoint_id: UUID | None) -> DeliveryEndpoint:
    """One of the advertiser's delivery endpoints. Raises NotFound."""
    return _one(endpoints_of(who).where(DeliveryEndpoint.id == endpoint_id))


def offers_of(who: Principal) -> Select[Offer]:
    """The offers `who` may list: an advertiser's own, all active ones for publishers, all for an admin."""
    if who.is_admin:
        return select(Offer)
    if who.role == ADVERTISER:
        return select(Offer).where(Offer.advertiser_id == who.organisation_id)
    return select(Offer).where(Offer.status == "active")


def may_see_person(who: Principal, lead: Lead) -> bool:
    """Whether `who` may see a lead's personal data here: its publisher, who sent it, and the buyers (through sales).

    An admin audits without it.
    """
    return who.role == PUBLISHER and who.organisation_id == lead.publisher_id


def _one(query: Select[Found]) -> Found:
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound()
    return found
