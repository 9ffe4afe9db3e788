"""The money API: the wallet, and the journals that touched an organisation's accounts."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy import select

from billing.accounts import KINDS
from billing.models import Account, JournalEntry, TransferRow
from billing.wallets import wallet_of
from core.api import CURSOR_PARAMETERS, cursor_page, page_of, rfc3339
from core.database import db
from core.identity.principal import ADVERTISER, principal
from core.ids import public_id
from core.money import decimal_text

api = Blueprint("Money", __name__, url_prefix="/v1", description="Money: wallet and journals")


class WalletSchema(Schema):
    """An advertiser's prepaid money."""

    available = fields.String(required=True)
    pending = fields.String(required=True)
    paid_in = fields.String(required=True)
    spent = fields.String(required=True)
    currency = fields.String(required=True)


class JournalSchema(Schema):
    """A journal with those of its transfers that touch your accounts; an admin sees all of them."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    about = fields.Dict(required=True)
    transfers = fields.List(fields.Dict(), required=True)


@api.get("/wallet")
@api.response(200, WalletSchema)
@api.doc(summary="Your wallet")
def get_wallet() -> dict[str, Any]:
    """What can be spent, what is held back, what was paid in and spent so far."""
    wallet = wallet_of(principal(ADVERTISER).organisation_id)
    return {
        "available": decimal_text(wallet.available),
        "pending": decimal_text(wallet.pending),
        "paid_in": decimal_text(wallet.paid_in),
        "spent": decimal_text(wallet.spent),
        "currency": wallet.currency,
    }


@api.get("/journals")
@api.response(200, page_of(JournalSchema))
@api.doc(summary="List journals", parameters=CURSOR_PARAMETERS)
def list_journals() -> dict[str, Any]:
    """The journals of your accounts, newest first."""
    who = principal()
    query = select(JournalEntry)
    mine: dict[UUID, str] | None = None
    if not who.is_admin:
        owned = db.session.execute(select(Account.id, Account.kind).where(Account.owner_id == who.organisation_id))
        mine = dict(owned.all())
        touched = select(TransferRow.journal_id).where(
            TransferRow.debit_account_id.in_(mine) | TransferRow.credit_account_id.in_(mine)
        )
        query = query.where(JournalEntry.id.in_(touched))
    return cursor_page(query, JournalEntry.id, "journal", lambda entry: _as_json(entry, mine))  # type: ignore[arg-type]


def _as_json(entry: JournalEntry, mine: dict[UUID, str] | None) -> dict[str, Any]:
    rows = db.session.scalars(
        select(TransferRow).where(TransferRow.journal_id == entry.id).order_by(TransferRow.position)
    ).all()
    seen = [row for row in rows if mine is None or row.debit_account_id in mine or row.credit_account_id in mine]
    accounts = {row.debit_account_id for row in seen} | {row.credit_account_id for row in seen}
    kinds = dict(db.session.execute(select(Account.id, Account.kind).where(Account.id.in_(accounts))).all())

    def name(account: UUID) -> str:
        # The other side of a transfer is told by nothing: whose it is would tell advertisers publishers' shares.
        return KINDS[kinds[account]].title if mine is None or account in mine else "market"

    return {
        "id": public_id("journal", entry.id),
        "kind": entry.kind,
        "at": rfc3339(entry.at),
        "about": entry.about or {},
        "transfers": [
            {
                "debit": name(row.debit_account_id),
                "credit": name(row.credit_account_id),
                "amount": decimal_text(row.amount),
                "currency": row.currency,
            }
            for row in seen
        ],
    }
