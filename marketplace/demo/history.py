"""Living through the demo's thirty days: leads through the real pipeline, payments, pauses, releases, by the clock."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select, text

from affiliates.commissions import release_some
from core.database import db
from core.identity.models import Member
from marketplace.demo.cast import ADVERTISERS, DEMO_ADVERTISER
from marketplace.demo.founding import DemoClock, World, pay_in
from marketplace.demo.standing_orders import ORDERS
from marketplace.demo.traffic import HOUR, Arrival, bursts_of, first_moment, hours_of
from marketplace.leads.models import Lead
from marketplace.leads.pipeline import submit_all
from marketplace.leads.submission import parse_submission
from marketplace.market import current_market
from marketplace.orders.editing import revise_order, set_order_status, terms_of
from marketplace.orders.models import Order
from marketplace.sales.endpoints import create_endpoint
from marketplace.sales.models import DeliveryEndpoint

BROKEN_SINCE = timedelta(hours=36)  # how long before the end an order is delivered to a server that does not answer
BROKEN_URL, BROKEN_NAME, BROKEN_ORDER = "http://127.0.0.1:9/leads", "CRM, new server", "Refinance, national"
Event = Callable[[], None]


def live_through(world: World, arrivals: Sequence[Arrival], end: datetime, time: DemoClock) -> Iterator[int]:
    """Live until `end`; yields after each batch how many arrivals are done. Continues where an earlier run stopped."""
    last = db.session.scalar(select(func.max(Lead.received_at)))
    events = _events(world, end)
    # What is lost in a crash of the machine is made again by the next run, so commits need not wait for the disk.
    db.session.execute(text("SET synchronous_commit = off"))
    for hour, due in hours_of(arrivals, first_moment(end), end):
        if last is not None and hour + HOUR <= last:
            yield len(due)
            continue
        time.moment = hour
        for event in events[hour]:
            event()
        db.session.commit()
        fresh = [arrival for arrival in due if last is None or arrival.at > last]
        yield len(due) - len(fresh)
        for burst in bursts_of(fresh):
            yield _send(world, burst, time)
        if hour.hour == 23:
            time.moment = hour + HOUR
            _release(time.moment)
    time.moment = end
    _release(end)
    db.session.execute(text("SET synchronous_commit = on"))


def _send(world: World, arrivals: Sequence[Arrival], time: DemoClock) -> int:
    time.moment = arrivals[-1].at
    market = current_market()
    submissions = []
    for arrival in arrivals:
        body = arrival.body
        if arrival.offer is not None:
            body = body | {"offer_id": f"offer_{world.offers[arrival.offer].hex}"}
        publisher_id = world.organisations[arrival.publisher]
        submissions.append(parse_submission(body, publisher_id, market.verticals, market.offer_verticals, arrival.at))
    for result in submit_all(submissions):
        if isinstance(result, Exception):
            raise result
    return len(arrivals)


def _release(now: datetime) -> None:
    while release_some(now):
        db.session.commit()
    db.session.commit()


def _events(world: World, end: datetime) -> dict[datetime, list[Event]]:
    """What happens beside leads, by the hour. Each may happen twice without harm, should the run be continued."""
    start = first_moment(end)
    events: dict[datetime, list[Event]] = defaultdict(list)
    for week in (1, 2, 3, 4):
        for advertiser in ADVERTISERS:
            if advertiser.weekly:
                identifier = world.organisations[advertiser.name]
                payment = partial(pay_in, identifier, advertiser.weekly, f"week {week}")
                events[start + timedelta(days=7 * week, hours=15)].append(payment)
    for plan, order_id in zip(ORDERS, world.orders, strict=True):
        if plan.paused_on is not None:
            events[start + timedelta(days=plan.paused_on, hours=17)].append(partial(_pause, order_id))
    if current_app.config["FAIRLEAD"].private_webhooks:
        since = (end - BROKEN_SINCE).replace(minute=0, second=0, microsecond=0)
        events[since].append(partial(_break_delivery, world))
    return events


def _pause(order_id: UUID) -> None:
    set_order_status(db.session.get_one(Order, order_id), "paused")


def _break_delivery(world: World) -> None:
    """The demo's advertiser moves an order to a new server, at a port where nobody listens."""
    advertiser_id = world.organisations[DEMO_ADVERTISER]
    mine = (DeliveryEndpoint.advertiser_id == advertiser_id, DeliveryEndpoint.name == BROKEN_NAME)
    endpoint = db.session.scalar(select(DeliveryEndpoint).where(*mine))
    if endpoint is None:
        endpoint, _ = create_endpoint(advertiser_id, BROKEN_NAME, BROKEN_URL)
    place = next(n for n, plan in enumerate(ORDERS) if (plan.advertiser, plan.name) == (DEMO_ADVERTISER, BROKEN_ORDER))
    order = db.session.get_one(Order, world.orders[place])
    member = db.session.scalars(select(Member).where(Member.organisation_id == advertiser_id)).first()
    assert member is not None
    revise_order(member.as_principal(), order, replace(terms_of(order), endpoint_id=endpoint.id))
