"""Writing a decided batch: leads, sales, journals, commissions, orders' usage and delivery jobs, as array inserts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from affiliates.commissions import Earned, write_earned
from billing.ledger import Journal, Transfer, post_new
from core.arrays import blobs, moments, numbers, texts, uuids
from core.ids import new_id, public_id
from core.jobs import DEFER_SQL, Job, as_json
from marketplace.leads.allocation import Room
from marketplace.leads.selling import Outcome
from marketplace.leads.verdicts import SaleTerms, decision_record, reasons_for
from marketplace.market import Market

_INSERT_LEADS = """
INSERT INTO lead (id, publisher_id, vertical_version_id, received_at, is_test, status, reasons, score, warmth,
                  score_reasons, attributes, channel, tracking, offer_id, sealed, data_key, price, payout,
                  duplicate_of, decision)
SELECT id, publisher, version, received, test, status, reasons::jsonb, score, warmth, score_reasons::jsonb,
       attributes::jsonb, channel, tracking::jsonb, offer, sealed, data_key, price, payout, duplicate_of,
       decision::jsonb
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::bool[], %s::text[], %s::text[], %s::smallint[],
            %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::bytea[], %s::bytea[],
            %s::bigint[], %s::bigint[], %s::uuid[], %s::text[])
     AS n(id, publisher, version, received, test, status, reasons, score, warmth, score_reasons, attributes, channel,
          tracking, offer, sealed, data_key, price, payout, duplicate_of, decision)"""

_INSERT_SALES = """
INSERT INTO sale (lead_id, id, advertiser_id, order_id, revision_id, sold_at, price, commission, margin, delivery,
                  endpoint_id)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::bigint[],
                     %s::bigint[], %s::bigint[], %s::text[], %s::uuid[])"""

# The room was locked and counted in this transaction, so it is written as it now stands.
_UPDATE_ORDERS = """
UPDATE "order" o SET used_day = %(day)s, day_leads = n.day_leads, day_spend = n.day_spend,
       total_leads = n.total_leads, total_spend = n.total_spend
FROM unnest(%(ids)s::uuid[], %(day_leads)s::int[], %(day_spend)s::bigint[], %(total_leads)s::int[],
            %(total_spend)s::bigint[]) AS n(id, day_leads, day_spend, total_leads, total_spend)
WHERE o.id = n.id"""


@dataclass(frozen=True, slots=True)
class Decided:
    """An outcome with how its sales are divided."""

    outcome: Outcome
    terms: list[SaleTerms]

    @property
    def payout(self) -> int:
        """What the publisher earns with this lead, in micros."""
        return sum(sale.commission for sale in self.terms)


@dataclass(frozen=True, slots=True)
class _Sale:
    id: UUID
    decided: Decided
    terms: SaleTerms


def record(
    connection: "psycopg.Connection[Any]", market: Market, decided: Sequence[Decided], room: Room | None, at: datetime
) -> None:
    """Write a decided batch in the open transaction. Test leads (no `room`) are written without their sales.

    In a pipeline nothing is waited for: what fails is raised where the pipeline is read or ends.
    """
    sales = [_Sale(new_id(at), d, terms) for d in decided for terms in d.terms] if room else []
    connection.execute(_INSERT_LEADS, _lead_columns(market, decided, at), prepare=True)
    if room and sales:
        connection.execute(_INSERT_SALES, _sale_columns(sales, at), prepare=True)
        _write_commissions(connection, market, sales, at)
        _write_usage(connection, room, {sale.terms.order.order_id for sale in sales})
        _defer_deliveries(connection, sales)
        post_new([_journal(market, sale) for sale in sales], at, connection)


def _lead_columns(market: Market, decided: Sequence[Decided], at: datetime) -> list[str]:
    leads = [d.outcome.lead for d in decided]
    sent = [lead.submission for lead in leads]
    decisions = (decision_record(d.outcome, market, at) for d in decided)
    return [
        uuids(lead.id for lead in leads),
        uuids(s.publisher_id for s in sent),
        uuids(s.vertical.version_id for s in sent),
        moments(s.received_at for s in sent),
        numbers(s.test for s in sent),
        texts(d.outcome.status for d in decided),
        texts(json.dumps(reasons_for(d.outcome)) for d in decided),
        numbers(lead.score.points for lead in leads),
        texts(lead.score.warmth for lead in leads),
        texts(lead.documents.score_reasons for lead in leads),
        texts(lead.documents.attributes for lead in leads),
        texts(s.channel for s in sent),
        texts(lead.documents.tracking for lead in leads),
        uuids(s.offer_id for s in sent),
        blobs(lead.sealed for lead in leads),
        blobs(lead.data_key for lead in leads),
        numbers(0 if d.outcome.lead.submission.test else sum(sale.order.price for sale in d.terms) for d in decided),
        numbers(0 if d.outcome.lead.submission.test else d.payout for d in decided),
        uuids(d.outcome.duplicate_of for d in decided),
        texts(json.dumps(decision) if decision else None for decision in decisions),
    ]


def _sale_columns(sales: Sequence[_Sale], at: datetime) -> list[str]:
    orders = [sale.terms.order for sale in sales]
    return [
        uuids(sale.decided.outcome.lead.id for sale in sales),
        uuids(sale.id for sale in sales),
        uuids(order.advertiser_id for order in orders),
        uuids(order.order_id for order in orders),
        uuids(order.revision_id for order in orders),
        moments(at for _ in sales),
        numbers(order.price for order in orders),
        numbers(sale.terms.commission for sale in sales),
        numbers(sale.terms.margin for sale in sales),
        texts("pending" if order.endpoint_id else "portal" for order in orders),
        uuids(order.endpoint_id for order in orders),
    ]


def _write_commissions(
    connection: "psycopg.Connection[Any]", market: Market, sales: Sequence[_Sale], at: datetime
) -> None:
    earned = []
    for sale in sales:
        publisher_id = sale.decided.outcome.lead.submission.publisher_id
        release_at = at + timedelta(days=market.publishers[publisher_id].hold_days)
        if sale.terms.commission:
            earned.append(Earned(sale.id, publisher_id, sale.terms.commission, release_at))
    write_earned(connection, earned)


def _write_usage(connection: "psycopg.Connection[Any]", room: Room, orders: set[UUID]) -> None:
    ids = sorted(orders)
    used = [room.usage[order_id] for order_id in ids]
    connection.execute(
        _UPDATE_ORDERS,
        {
            "day": room.day,
            "ids": uuids(ids),
            "day_leads": numbers(u.day_leads for u in used),
            "day_spend": numbers(u.day_spend for u in used),
            "total_leads": numbers(u.total_leads for u in used),
            "total_spend": numbers(u.total_spend for u in used),
        },
        prepare=True,
    )


def _defer_deliveries(connection: "psycopg.Connection[Any]", sales: Sequence[_Sale]) -> None:
    """One job for the whole batch: the worker delivers its sales side by side."""
    due = [[s.decided.outcome.lead.id.hex, s.id.hex] for s in sales if s.terms.order.endpoint_id]
    if due:
        connection.execute(DEFER_SQL.format(jobs="%s"), [as_json([Job("sales.deliver", {"sales": due})])], prepare=True)


def _journal(market: Market, sale: _Sale) -> Journal:
    """The sale's journal: advertiser's wallet to the publisher's held commission and the platform's margin."""
    lead, order = sale.decided.outcome.lead, sale.terms.order
    publisher = market.publishers[lead.submission.publisher_id]
    parts = ((publisher.held_account, sale.terms.commission), (market.margin_account, sale.terms.margin))
    transfers = tuple(Transfer(order.wallet_id, account, amount) for account, amount in parts if amount)
    about = {"lead": public_id("lead", lead.id), "sale": public_id("sale", sale.id)}
    return Journal(sale.id, "sale", transfers, market.currency, about=about)
