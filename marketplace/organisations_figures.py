"""What organisations traded and hold, for the admins' lists. Test leads are never among it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text

from billing.models import Account, Balance
from core.database import db
from core.identity.models import Member, Organisation
from core.periods import start_of
from marketplace.admin_figures import DAYS, first_id
from marketplace.leads.models import Lead
from marketplace.sales.models import Sale


@dataclass(frozen=True, slots=True)
class Trade:
    """An organisation's last DAYS days: a publisher's leads and earnings, an advertiser's purchases and orders."""

    received: int
    sold: int
    payout: int
    bought: int
    spend: int
    orders: int


_TRADE = text("""
SELECT l.received, l.sold, l.payout, s.bought, s.spend,
       (SELECT count(*) FROM "order" WHERE advertiser_id = :organisation AND status = 'active')
FROM (SELECT count(*) AS received, count(*) FILTER (WHERE status = 'sold') AS sold,
             COALESCE(sum(payout), 0)::bigint AS payout
      FROM lead WHERE publisher_id = :organisation AND id >= :lowest AND received_at >= :since AND NOT is_test) AS l,
     (SELECT count(*) AS bought, COALESCE(sum(price), 0)::bigint AS spend
      FROM sale WHERE advertiser_id = :organisation AND lead_id >= :lowest AND sold_at >= :since) AS s""")


def trade_of(organisation_id: UUID, today: date) -> Trade:
    """What one organisation traded."""
    first = today - timedelta(days=DAYS - 1)
    asked = {"organisation": organisation_id, "lowest": first_id(first), "since": start_of(first)}
    return Trade(*db.session.execute(_TRADE, asked).one())


def traders(today: date) -> tuple[Select[Any], dict[str, ColumnElement[Any]]]:
    """Every organisation as rows (organisation, members, leads, spend, money), and how they can be sorted.

    `leads` were sent or bought, `spend` is what advertisers paid for theirs, over the last DAYS days; `money` is what
    the platform holds for the organisation now.
    """
    first = today - timedelta(days=DAYS - 1)
    since, lowest = start_of(first), first_id(first)
    sent = (
        select(Lead.publisher_id.label("owner"), func.count().label("leads"))
        .where(Lead.id >= lowest, Lead.received_at >= since, ~Lead.is_test)
        .group_by(Lead.publisher_id)
        .subquery()
    )
    bought = (
        select(Sale.advertiser_id.label("owner"), func.count().label("leads"), func.sum(Sale.price).label("spend"))
        .where(Sale.lead_id >= lowest, Sale.sold_at >= since)
        .group_by(Sale.advertiser_id)
        .subquery()
    )
    held = (
        select(Account.owner_id.label("owner"), func.sum(Balance.credit - Balance.debit).label("money"))
        .join(Balance, Balance.account_id == Account.id)
        .group_by(Account.owner_id)
        .subquery()
    )
    members = select(func.count(Member.id)).where(Member.organisation_id == Organisation.id).scalar_subquery()
    leads = func.coalesce(sent.c.leads, bought.c.leads, 0)
    spend, money = func.coalesce(bought.c.spend, 0), func.coalesce(held.c.money, 0)
    query = (
        select(Organisation, members.label("members"), leads.label("leads"), spend.label("spend"), money.label("money"))
        .outerjoin(sent, sent.c.owner == Organisation.id)
        .outerjoin(bought, bought.c.owner == Organisation.id)
        .outerjoin(held, held.c.owner == Organisation.id)
    )
    name = func.lower(Organisation.name)
    return query, {"name": name, "kind": Organisation.kind.expression, "leads": leads, "spend": spend, "money": money}
