"""Allocation: pure, greedy by price, never past a cap, a wallet or a second sale to one advertiser."""

import copy
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from marketplace.leads.allocation import Room, Usage, Wanted, allocate
from marketplace.matching import BookedOrder, OrderBook
from marketplace.orders.filters import Filter

caps = st.one_of(st.none(), st.integers(1, 5))
spends = st.one_of(st.none(), st.integers(1, 60))


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[BookedOrder], Room, list[Wanted]]:
    """A few orders of a few advertisers with part of their caps used, and leads that all of them match."""
    orders, usage, funds = [], {}, {}
    for n in range(draw(st.integers(1, 6))):
        advertiser = UUID(int=draw(st.integers(1, 3)))
        order = BookedOrder(
            UUID(int=100 + n), UUID(int=200 + n), advertiser, advertiser, draw(st.integers(1, 20)), Filter(()),
            draw(caps), draw(spends), draw(caps), draw(spends),
        )  # fmt: skip
        orders.append(order)
        revision = order.revision_id if draw(st.integers(0, 9)) else UUID(int=1)
        usage[order.order_id] = Usage(bool(draw(st.integers(0, 9))), revision, 0, 0, 0, 0)
        funds[advertiser] = draw(st.integers(0, 60))
    book = OrderBook(orders)
    leads = [
        Wanted(
            UUID(int=300 + n),
            draw(st.integers(1, 3)),
            book.orders[: draw(st.integers(0, 6))],
            bool(draw(st.booleans())),
        )
        for n in range(draw(st.integers(1, 8)))
    ]
    return orders, Room(date(2026, 1, 1), usage, funds), leads


@given(markets())
def test_limits_hold_and_nothing_better_was_left(market: tuple[list[BookedOrder], Room, list[Wanted]]) -> None:
    orders, room, leads = market
    before = copy.deepcopy(room)
    made = allocate(leads, room)
    for order in orders:
        bought = sum(order in allocation.buyers for allocation in made)
        used = room.usage[order.order_id]
        assert (used.day_leads, used.total_spend) == (bought, bought * order.price)
        for cap, value in ((order.day_leads_cap, used.day_leads), (order.day_spend_cap, used.day_spend),
                           (order.total_leads_cap, used.total_leads), (order.total_spend_cap, used.total_spend)):  # fmt: skip
            assert cap is None or value <= cap
        state = before.usage[order.order_id]
        assert bought == 0 or (state.active and state.revision_id == order.revision_id)
    for wallet, money in room.funds.items():
        spent = sum(o.price for allocation in made for o in allocation.buyers if o.wallet_id == wallet)
        assert money == before.funds[wallet] - spent >= 0
    for lead, allocation in zip(leads, made, strict=True):
        advertisers = [o.advertiser_id for o in allocation.buyers]
        assert len(advertisers) == len(set(advertisers)) <= lead.max_buyers
        assert allocation.buyers == sorted(allocation.buyers, key=lambda o: (-o.price, o.revision_id))
        assert allocation.starved == (lead.more and len(allocation.buyers) < lead.max_buyers)
        looked = [order for order, _ in allocation.seen]
        assert looked == list(lead.candidates[: len(looked)])
        assert len(looked) == len(lead.candidates) or len(allocation.buyers) == lead.max_buyers


@given(markets())
def test_the_same_room_gives_the_same_decision(market: tuple[list[BookedOrder], Room, list[Wanted]]) -> None:
    _, room, leads = market
    again = copy.deepcopy(room)
    assert allocate(leads, room) == allocate(leads, again)
    assert room == again


@given(markets())
def test_deciding_one_by_one_or_together_is_the_same(market: tuple[list[BookedOrder], Room, list[Wanted]]) -> None:
    _, room, leads = market
    apart = copy.deepcopy(room)
    assert allocate(leads, room) == [allocation for lead in leads for allocation in allocate([lead], apart)]
