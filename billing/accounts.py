"""The chart of accounts: which kinds there are, which side they are on, which have a floor."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from billing.models import Account, Balance
from core.database import db
from core.ids import new_id, outside_id

DEBIT, CREDIT = "debit", "credit"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of account. `side` is where its normal balance stands; `floor` in micros, None for no balance row.

    `rank` is the order in which balances are locked: one class of account after the other, so that
    transactions never wait for each other in a circle; the busiest come last and are held shortest.
    """

    title: str
    side: str
    owned: bool
    floor: int | None = None
    rank: int = 0


KINDS = {
    "wallet": Kind("Advertiser wallet", CREDIT, True, 0, 1),
    "commission_held": Kind("Commission on hold", CREDIT, True, 0, 2),
    "commission_payable": Kind("Commission payable", CREDIT, True, 0, 3),
    "bank": Kind("Bank", DEBIT, False),
    "revenue_margin": Kind("Platform margin", CREDIT, False),
    "promo_credits": Kind("Promotional credits", DEBIT, False),
}


def open_account(kind: str, owner_id: UUID | None, currency: str) -> UUID:
    """The account of that kind, owner and currency, opened if need be, with its balance row where it has a floor."""
    known = KINDS[kind]
    if known.owned is (owner_id is None):
        raise ValueError(f"account kind {kind} {'needs an' if known.owned else 'has no'} owner")
    # The id follows from what it is for, so two processes that open it at once agree.
    identifier = new_id() if owner_id else outside_id(f"account:{kind}:{currency}")
    row = {"id": identifier, "kind": kind, "owner_id": owner_id, "currency": currency}
    db.session.execute(insert(Account).values(row).on_conflict_do_nothing())
    found = db.session.scalars(
        select(Account.id).where(Account.kind == kind, Account.owner_id == owner_id, Account.currency == currency)
    ).one()
    if known.floor is not None:
        empty = {"account_id": found, "debit": 0, "credit": 0, "pending": 0, "legs": 0, "floor": known.floor}
        db.session.execute(insert(Balance).values(empty).on_conflict_do_nothing())
    return found


def open_accounts_of(role: str, organisation_id: UUID, currency: str) -> None:
    """Every account an organisation of that role (publisher, advertiser) needs; opened with the organisation."""
    kinds = {"advertiser": ["wallet"], "publisher": ["commission_held", "commission_payable"]}
    for kind in kinds.get(role, []):
        open_account(kind, organisation_id, currency)
