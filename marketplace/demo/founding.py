"""Founding the demo's market: verticals, organisations, members, money, orders, offers; finding it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from affiliates.models import Offer
from affiliates.offers import create_offer
from billing.wallets import top_up
from core import clock
from core.database import db
from core.identity.accounts import add_member, slug_of
from core.identity.models import Member, Organisation
from core.ids import derived_id, new_id, public_id
from core.money import MICROS
from marketplace.demo.cast import ADVERTISERS, DEMO_PUBLISHER, NETWORK, PUBLISHERS
from marketplace.demo.logins import Login
from marketplace.demo.standing_orders import OFFERS, ORDERS, OrderPlan
from marketplace.demo.verticals import create_verticals
from marketplace.orders.editing import OrderTerms, create_order
from marketplace.orders.models import Order
from marketplace.organisations import Terms, open_organisation
from marketplace.verticals.models import Vertical

BEFORE = timedelta(days=45)  # how long before its first lead the network is founded
MEMBERS = ("Ines Moreau", "Carl Novak", "Dana Kim", "Felix Ortega", "Grace Young")


class DemoClock:
    """The application's clock while the demo is made: it stands where it is put."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """The moment it stands at."""
        return self.moment

    def wait(self, time: timedelta) -> None:
        """Let that time pass."""
        self.moment += time


@dataclass(frozen=True, slots=True)
class World:
    """The founded market: organisations by name, orders and offers in the order of ORDERS and OFFERS."""

    organisations: dict[str, UUID]
    orders: list[UUID]
    offers: list[UUID]


def find_network() -> Organisation | None:
    """The demo's network, where the demo has been founded."""
    query = select(Organisation).where(Organisation.slug == slug_of(NETWORK), Organisation.kind == "network")
    return db.session.scalar(query)


def in_use() -> bool:
    """Whether the database has a market of its own, which is none of the demo's business."""
    return db.session.scalar(select(Vertical.id).limit(1)) is not None


def found(time: DemoClock, logins: list[Login]) -> Organisation:
    """Found everything in the session's transaction, from the clock's moment on; returns the network."""
    known = {login.organisation: login for login in logins}
    verticals = create_verticals()
    network = open_organisation("network", NETWORK)
    _join(network, "Ada Lane", known)
    organisations = {NETWORK: network.id}
    for number, publisher in enumerate(PUBLISHERS):
        time.wait(timedelta(hours=31))
        terms = Terms(publisher.share_bps, publisher.hold_days)
        organisation = open_organisation("publisher", publisher.name, terms=terms)
        organisations[publisher.name] = organisation.id
        _join(organisation, MEMBERS[number % len(MEMBERS)], known)
        if publisher.name == DEMO_PUBLISHER:
            add_member(organisation, _address("Tara Quinlan", organisation), "Tara Quinlan")  # invited, not yet there
    members = {}
    for advertiser in ADVERTISERS:
        time.wait(timedelta(hours=23))
        organisation = open_organisation("advertiser", advertiser.name)
        organisations[advertiser.name] = organisation.id
        members[advertiser.name] = _join(organisation, advertiser.member, known)
        pay_in(organisation.id, advertiser.opening, "opening balance")
    for plan in ORDERS:
        time.wait(timedelta(minutes=37))
        _create_order(plan, members[plan.advertiser], verticals, organisations)
    _create_offers(verticals, organisations)
    return network


def find_world() -> World:
    """The founded market as it stands in the database."""
    names = [NETWORK, *(p.name for p in PUBLISHERS), *(a.name for a in ADVERTISERS)]
    by_slug = {slug: identifier for slug, identifier in db.session.execute(select(Organisation.slug, Organisation.id))}
    organisations = {name: by_slug[slug_of(name)] for name in names}
    owned = {(order.advertiser_id, order.revision.name): order.id for order in db.session.scalars(select(Order))}
    offered = {(offer.advertiser_id, offer.name): offer.id for offer in db.session.scalars(select(Offer))}
    return World(
        organisations,
        [owned[organisations[plan.advertiser], plan.name] for plan in ORDERS],
        [offered[organisations[plan.advertiser], plan.name] for plan in OFFERS],
    )


def pay_in(advertiser_id: UUID, amount: int, occasion: str) -> None:
    """Top up an advertiser's wallet now, by whole currency units. At one moment it happens once."""
    here = UUID(int=(new_id(clock.now()).int >> 80 << 80) | (advertiser_id.int & ((1 << 80) - 1)))
    top_up(advertiser_id, amount * MICROS, f"Wire transfer, {occasion}", derived_id(here, "pay in"))


def _join(organisation: Organisation, name: str, known: dict[str, Login]) -> Member:
    login = known.get(organisation.name)
    if login:
        return add_member(organisation, login.email, name, login.password)
    # A member without a password cannot sign in: the others are there to be seen.
    member = Member(
        id=new_id(),
        organisation=organisation,
        email=_address(name, organisation),
        name=name,
        status="active",
        created_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    return member


def _address(name: str, organisation: Organisation) -> str:
    return f"{name.replace(' ', '.').lower()}@{organisation.slug}.example.com"


def _create_order(
    plan: OrderPlan, member: Member, verticals: dict[str, Vertical], organisations: dict[str, UUID]
) -> None:
    def money(units: float | None) -> int | None:
        return None if units is None else round(units * MICROS)

    terms = OrderTerms(
        plan.name,
        round(plan.price * MICROS),
        {"all": [_resolved(condition, organisations) for condition in plan.filter]},
        plan.day_leads,
        money(plan.day_spend),
        plan.total_leads,
        money(plan.total_spend),
    )
    create_order(member.as_principal(), member.organisation_id, verticals[plan.vertical], terms)


def _resolved(condition: dict[str, Any], organisations: dict[str, UUID]) -> dict[str, Any]:
    """Filters name publishers by id, plans by name."""
    if condition["field"] != "publisher":
        return condition
    return {**condition, "in": [public_id("organisation", organisations[name]) for name in condition["in"]]}


def _create_offers(verticals: dict[str, Vertical], organisations: dict[str, UUID]) -> None:
    for plan in OFFERS:
        create_offer(organisations[plan.advertiser], verticals[plan.vertical].id, plan.name, plan.landing_url)
