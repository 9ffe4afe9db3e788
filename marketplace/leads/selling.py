"""The selling transaction of one batch: claim duplicates, lock, allocate, write, all or nothing.

Locks are always taken in one order (idempotency keys, contact claims, orders, balances, each sorted), so that
batches wait for each other but never in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg

from billing.ledger import lock_balances
from core.arrays import uuids
from marketplace.leads.allocation import Allocation, Room, Usage, Wanted, allocate
from marketplace.leads.duplicates import Claimant, Claims
from marketplace.leads.preparing import PreparedLead
from marketplace.market import Market
from marketplace.matching import BookedOrder

_LOCK_ORDERS = """
SELECT id, status = 'active', revision_id, used_day, day_leads, day_spend, total_leads, total_spend
FROM "order" WHERE id = ANY(%(orders)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"""


class Starved(Exception):
    """Some lead needs more candidates than were looked at: make the decision again, with a wider look."""


@dataclass(slots=True)
class Outcome:
    """What became of one lead: its duplicate, its buyers and the candidates seen, and how many orders matched."""

    lead: PreparedLead
    duplicate_of: UUID | None = None
    matched: int = 0
    buyers: list[BookedOrder] = field(default_factory=list)
    seen: list[tuple[BookedOrder, str]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The verdict in one word."""
        if not self.lead.verified.ok:
            return "rejected"
        if self.duplicate_of is not None:
            return "duplicate"
        return "sold" if self.buyers else "held"


def decide(
    connection: "psycopg.Connection[Any]", market: Market, leads: Sequence[PreparedLead], at: datetime, width: int
) -> tuple[list[Outcome], Room]:
    """Decide a batch in the open transaction (best in a pipeline), looking at up to `width` candidates per buyer.

    Returns an outcome for each lead, in order, and the locked room as the batch leaves it. Raises Starved.
    """
    sellable = [lead for lead in leads if lead.verified.ok]
    wanted, matched = _match(market, sellable, at.date(), width)
    candidates = {order.order_id: order for want in wanted for order in want.candidates}
    claims = Claims([_claimant(lead) for lead in sellable], at)
    claims.send(connection)
    orders = connection.execute(_LOCK_ORDERS, {"orders": uuids(candidates)}, prepare=True)
    funds = lock_balances(connection, [order.wallet_id for order in candidates.values()])
    room = Room(at.date(), {row[0]: _usage(row[1:], at.date()) for row in orders.fetchall()}, dict(funds.fetchall()))
    duplicates = claims.duplicates(connection)
    made = {a.lead_id: a for a in allocate([w for w in wanted if w.lead_id not in duplicates], room)}
    if any(allocation.starved for allocation in made.values()):
        raise Starved
    return [_outcome(lead, duplicates, matched, made) for lead in leads], room


def simulate(market: Market, lead: PreparedLead, at: datetime) -> Outcome:
    """What would become of a test lead: matched as a live one, with all caps open; nothing is claimed or sold."""
    outcome = Outcome(lead)
    if not lead.verified.ok:
        return outcome
    (want,), matched = _match(market, [lead], at.date(), 10_000)
    bought: set[UUID] = set()
    for order in want.candidates:
        if len(outcome.buyers) < want.max_buyers and order.advertiser_id not in bought:
            bought.add(order.advertiser_id)
            outcome.buyers.append(order)
    outcome.matched = matched[lead.id]
    return outcome


def _match(
    market: Market, leads: Sequence[PreparedLead], day: date, width: int
) -> tuple[list[Wanted], dict[UUID, int]]:
    wanted, matched = [], {}
    closed: dict[UUID, frozenset[int]] = {}
    for lead in leads:
        vertical = lead.submission.vertical
        book = market.books.get(vertical.vertical_id)
        buyers, only = vertical.max_buyers, None
        if lead.submission.offer_id is not None:
            buyers, only = 1, market.offers[lead.submission.offer_id].advertiser_id
        if book is None:
            wanted.append(Wanted(lead.id, buyers, []))
            matched[lead.id] = 0
            continue
        if vertical.vertical_id not in closed:
            closed[vertical.vertical_id] = market.closed_places(vertical.vertical_id, day)
        every = book.matches(lead.attributes, only)
        shut = closed[vertical.vertical_id]
        look = width * buyers
        open_places = (place for place in every.tolist() if place not in shut)
        places = list(islice(open_places, look + 1))  # the one too many tells that there are more
        matched[lead.id] = len(every)
        wanted.append(Wanted(lead.id, buyers, [book.orders[p] for p in places[:look]], len(places) > look))
    return wanted, matched


def _claimant(lead: PreparedLead) -> Claimant:
    vertical = lead.submission.vertical
    return Claimant(lead.id, vertical.vertical_id, vertical.window_days, lead.contact_hashes)


def _usage(row: Sequence[Any], day: date) -> Usage:
    active, revision_id, used_day, day_leads, day_spend, total_leads, total_spend = row
    if used_day != day:
        day_leads = day_spend = 0
    return Usage(active, revision_id, day_leads, day_spend, total_leads, total_spend)


def _outcome(
    lead: PreparedLead, duplicates: dict[UUID, UUID], matched: dict[UUID, int], made: dict[UUID, Allocation]
) -> Outcome:
    outcome = Outcome(lead, duplicates.get(lead.id), matched.get(lead.id, 0))
    if lead.id in made:
        outcome.buyers, outcome.seen = made[lead.id].buyers, made[lead.id].seen
    return outcome
