"""The market as a process knows it: verticals, order books, publishers' terms, offers.

A picture of the database, immutable, replaced as a whole when a change counter has moved. What can have changed
since is checked again under locks when a lead is sold.
"""

import gc
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on

from affiliates.models import Offer, PublisherTerms
from billing.accounts import open_account
from billing.models import Account
from core import versions
from core.database import db
from marketplace.matching import BookedOrder, OrderBook
from marketplace.orders.filters import Filter
from marketplace.verticals.models import Vertical, VerticalVersion
from marketplace.verticals.spec import VerticalSpec

WATCHED = ("orders", "organisations", "verticals", "offers", "terms", "funds")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class PublisherAccount:
    """How a publisher is paid: share in basis points, hold in days, the account commissions go to."""

    share_bps: int
    hold_days: int
    held_account: UUID


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """An active offer: whose it is and for which vertical."""

    advertiser_id: UUID
    vertical_slug: str


@dataclass(frozen=True)
class Market:
    """One picture of the market, true at `seen` (the change counters it was loaded at).

    `closed` is learned while selling: by vertical, the places in its book of orders that cannot buy, on one day or
    (None) until the picture changes. It only saves looking at them; a top-up or a revision makes a new picture.
    """

    seen: tuple[int, ...]
    currency: str
    margin_account: UUID
    verticals: Mapping[str, VerticalSpec]
    books: Mapping[UUID, OrderBook]
    publishers: Mapping[UUID, PublisherAccount]
    offers: Mapping[UUID, OfferTerms]
    closed: dict[UUID, dict[int, date | None]] = field(default_factory=dict)

    def closed_places(self, vertical_id: UUID, day: date) -> frozenset[int]:
        """The places in the vertical's book that are known not to buy on that day (UTC)."""
        known = self.closed.get(vertical_id, {})
        return frozenset(place for place, until in list(known.items()) if until in (None, day))

    @cached_property
    def offer_verticals(self) -> dict[UUID, str]:
        """Each active offer's vertical."""
        return {offer_id: offer.vertical_slug for offer_id, offer in self.offers.items()}


class MarketKeeper:
    """Holds a process's current picture and replaces it when it is out of date."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._market: Market | None = None

    def at(self, counters: Mapping[str, int]) -> Market:
        """The market as it is where the change counters stand so."""
        seen = _watched(counters)
        market = self._market
        if market is not None and market.seen == seen:
            return market
        with self._lock:
            market = self._market
            if market is None or market.seen != seen:
                with _collector_kept_away():
                    market = self._market = load_market(market)
            return market


@contextmanager
def _collector_kept_away() -> Iterator[None]:
    """Load a picture without the cyclic garbage collector looking on, and spare it the picture from then on.

    With 10,000 orders a picture is a million objects and no cycle. Walking them took longer than loading them, and
    then half a second of every full collection, while all requests waited.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def current_market(counters: Mapping[str, int] | None = None) -> Market:
    """The application's market as of now: one query where nothing has changed, none for whoever has `counters`."""
    keeper: MarketKeeper = current_app.extensions["market"]
    return keeper.at(versions.current() if counters is None else counters)


def _watched(counters: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(counters.get(name, 0) for name in WATCHED)


def load_market(before: Market | None = None) -> Market:
    """Read the picture from the database, in a transaction of its own; what did not change is kept from `before`.

    So it shows only what is committed, and the account that it may open outlives the caller's rollback.
    """
    currency = current_app.config["FAIRLEAD"].currency
    with current_app.app_context():
        seen = _watched(versions.current())
        moved = {name for place, name in enumerate(WATCHED) if before is None or before.seen[place] != seen[place]}

        def part(name: str, load: Callable[[], Part], *watched: str) -> Part:
            return load() if moved.intersection(watched) else getattr(before, name)

        market = Market(
            seen,
            currency,
            open_account("revenue_margin", None, currency),
            part("verticals", _load_verticals, "verticals"),
            part("books", _load_books, "orders", "organisations"),
            part("publishers", lambda: _load_publishers(currency), "terms", "organisations"),
            part("offers", _load_offers, "offers", "verticals"),
        )
        db.session.commit()
    return market


def _load_verticals() -> dict[str, VerticalSpec]:
    newest = (
        select(VerticalVersion)
        .join(Vertical)
        .where(Vertical.status == "active")
        .ext(distinct_on(VerticalVersion.vertical_id))
        .order_by(VerticalVersion.vertical_id, VerticalVersion.number.desc())
    )
    specs = (VerticalSpec.from_version(version) for version in db.session.scalars(newest))
    return {spec.slug: spec for spec in specs}


# Raw rows: a book may hold 100,000 orders, for which no ORM objects are wanted.
_ORDERS = text("""
SELECT o.vertical_id, o.id, r.id, o.advertiser_id, a.id, r.price, r.filter,
       r.day_leads_cap, r.day_spend_cap, r.total_leads_cap, r.total_spend_cap, r.endpoint_id
FROM "order" o JOIN order_revision r ON r.id = o.revision_id
JOIN organisation org ON org.id = o.advertiser_id AND org.status = 'active'
JOIN account a ON a.owner_id = o.advertiser_id AND a.kind = 'wallet'
WHERE o.status = 'active'""")


def _load_books() -> dict[UUID, OrderBook]:
    by_vertical: dict[UUID, list[BookedOrder]] = {}
    rows: Any = db.session.execute(_ORDERS)
    for vertical_id, order_id, revision_id, advertiser_id, wallet_id, price, stored, *rest in rows:
        filters = Filter.from_json(stored)
        order = BookedOrder(order_id, revision_id, advertiser_id, wallet_id, price, filters, *rest)
        by_vertical.setdefault(vertical_id, []).append(order)
    return {vertical_id: OrderBook(orders) for vertical_id, orders in by_vertical.items()}


def _load_publishers(currency: str) -> dict[UUID, PublisherAccount]:
    rows = db.session.execute(
        select(PublisherTerms.organisation_id, PublisherTerms.share_bps, PublisherTerms.hold_days, Account.id).join(
            Account,
            (Account.owner_id == PublisherTerms.organisation_id)
            & (Account.kind == "commission_held")
            & (Account.currency == currency),
        )
    )
    return {publisher: PublisherAccount(share, hold, account) for publisher, share, hold, account in rows}


def _load_offers() -> dict[UUID, OfferTerms]:
    rows = db.session.execute(
        select(Offer.id, Offer.advertiser_id, Vertical.slug)
        .join(Vertical, Vertical.id == Offer.vertical_id)
        .where(Offer.status == "active")
    )
    return {offer_id: OfferTerms(advertiser_id, slug) for offer_id, advertiser_id, slug in rows}
