"""Who buys a lead: highest price first, within what is left of caps and wallets. Pure and replayable.

Rule `highest_price/1`: candidates in descending order of price (ties: the older revision); each must be active
under the revision that was matched, have room in its caps, and its advertiser must have the money and not have
bought this lead yet; until the lead has as many buyers as it may have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from marketplace.matching import BookedOrder

RULE = "highest_price/1"


@dataclass(slots=True)
class Usage:
    """An order's locked row: whether it may buy, under which revision, and what it has used."""

    active: bool
    revision_id: UUID | None
    day_leads: int
    day_spend: int
    total_leads: int
    total_spend: int


@dataclass(slots=True)
class Room:
    """What the selling transaction holds locked: orders' usage and wallets' money (micros) on `day` (UTC)."""

    day: date
    usage: dict[UUID, Usage]
    funds: dict[UUID, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A lead to be sold: to how many buyers at most, and the candidates looked at, best first.

    `more` says that further orders match beyond these candidates.
    """

    lead_id: UUID
    max_buyers: int
    candidates: Sequence[BookedOrder]
    more: bool = False


@dataclass(slots=True)
class Allocation:
    """The decision for one lead: who buys, and why each candidate looked at did or did not."""

    lead_id: UUID
    buyers: list[BookedOrder] = field(default_factory=list)
    seen: list[tuple[BookedOrder, str]] = field(default_factory=list)
    starved: bool = False


def refusal(order: BookedOrder, room: Room, bought: set[UUID]) -> str | None:
    """Why the order cannot buy now, as a stable code, or None where it can."""
    used = room.usage.get(order.order_id)
    if used is None or not used.active:
        return "not_active"
    if used.revision_id != order.revision_id:
        return "revised"
    if order.advertiser_id in bought:
        return "bought_already"
    caps = (
        ("day_leads_cap", order.day_leads_cap, used.day_leads + 1),
        ("day_spend_cap", order.day_spend_cap, used.day_spend + order.price),
        ("total_leads_cap", order.total_leads_cap, used.total_leads + 1),
        ("total_spend_cap", order.total_spend_cap, used.total_spend + order.price),
    )
    for name, cap, would_be in caps:
        if cap is not None and would_be > cap:
            return name
    return "no_funds" if room.funds.get(order.wallet_id, 0) < order.price else None


def allocate(leads: Sequence[Wanted], room: Room) -> list[Allocation]:
    """Decide for each lead in turn, taking what is sold out of `room`, which is changed.

    A lead that got fewer buyers than it may have, while more orders match than were looked at, is `starved`:
    its decision is not to be used, but made again with more candidates.
    """
    return [_allocate_one(lead, room) for lead in leads]


def _allocate_one(lead: Wanted, room: Room) -> Allocation:
    made = Allocation(lead.lead_id)
    bought: set[UUID] = set()
    for order in lead.candidates:
        if len(made.buyers) == lead.max_buyers:
            break
        why = refusal(order, room, bought)
        made.seen.append((order, why or "bought"))
        if why is None:
            made.buyers.append(order)
            bought.add(order.advertiser_id)
            _take(order, room)
    made.starved = lead.more and len(made.buyers) < lead.max_buyers
    return made


def _take(order: BookedOrder, room: Room) -> None:
    used = room.usage[order.order_id]
    used.day_leads += 1
    used.day_spend += order.price
    used.total_leads += 1
    used.total_spend += order.price
    room.funds[order.wallet_id] -= order.price
