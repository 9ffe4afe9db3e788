"""Wallets: an advertiser's prepaid money."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from billing.accounts import open_account
from billing.ledger import Journal, Transfer, post
from billing.models import Account, Balance
from core import audit, clock, versions
from core.database import db
from core.errors import FieldError, Invalid
from core.ids import public_id
from core.money import decimal_text

LARGEST_TOP_UP = 10_000_000 * 1_000_000


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet as it stands: micros that can be spent, put in and taken out so far, held back."""

    account_id: UUID
    currency: str
    available: int
    paid_in: int
    spent: int
    pending: int


def wallet_of(organisation_id: UUID) -> Wallet:
    """The advertiser's wallet. Raises sqlalchemy's NoResultFound for an organisation without one."""
    row = db.session.execute(
        select(Account.id, Account.currency, Balance.credit, Balance.debit, Balance.pending)
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.kind == "wallet", Account.owner_id == organisation_id)
    ).one()
    return Wallet(row.id, row.currency, row.credit - row.debit - row.pending, row.credit, row.debit, row.pending)


def top_up(organisation_id: UUID, amount: int, note: str, key: UUID) -> None:
    """Put `amount` micros, received at the bank, into an advertiser's wallet.

    `key` makes a repeated call harmless. Raises Invalid for an amount out of range.
    """
    if not 0 < amount <= LARGEST_TOP_UP:
        most = decimal_text(LARGEST_TOP_UP)
        raise Invalid(errors=[FieldError("amount", "range", f"must be more than 0 and at most {most}")])
    currency = current_app.config["FAIRLEAD"].currency
    bank = open_account("bank", None, currency)
    wallet = open_account("wallet", organisation_id, currency)
    about = {"organisation": public_id("organisation", organisation_id), "note": note}
    new = post([Journal(key, "top_up", (Transfer(bank, wallet, amount),), currency, about=about)], clock.now())
    if new:
        versions.bump("funds")  # orders that had run out of money can buy again
        audit.record("wallet.topped_up", "journal", key, after={"amount": decimal_text(amount), **about})
