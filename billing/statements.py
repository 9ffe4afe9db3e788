"""Reading the ledger: what accounts hold, their statements, journals with their transfers. Micros throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, cast, false, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from billing.accounts import CREDIT, KINDS
from billing.models import Account, Balance, JournalEntry, TransferRow
from core.database import db
from core.errors import NotFound
from core.identity.models import Organisation
from core.ids import parse_id


@dataclass(frozen=True, slots=True)
class Holding:
    """An account and what went through it. `owner` is None for the platform's own accounts."""

    account_id: UUID
    kind: str
    currency: str
    owner_id: UUID | None
    owner: str | None
    debit: int
    credit: int
    pending: int = 0

    @property
    def title(self) -> str:
        """The kind of account in words."""
        return KINDS[self.kind].title

    @property
    def balance(self) -> int:
        """What it holds, on the side where this kind of account normally stands."""
        return self.credit - self.debit if KINDS[self.kind].side == CREDIT else self.debit - self.credit


@dataclass(frozen=True, slots=True)
class KindTotal:
    """All accounts of a kind and currency together."""

    kind: str
    currency: str
    accounts: int
    debit: int
    credit: int

    @property
    def title(self) -> str:
        """The kind of account in words."""
        return KINDS[self.kind].title

    @property
    def net_debit(self) -> int:
        """The balance where it stands on the debit side, else 0."""
        return max(0, self.debit - self.credit)

    @property
    def net_credit(self) -> int:
        """The balance where it stands on the credit side, else 0."""
        return max(0, self.credit - self.debit)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer of an account: the journal it belongs to, the other account, and what the account held after it."""

    journal_id: UUID
    at: datetime
    kind: str
    about: dict[str, Any] | None
    other_id: UUID
    other_kind: str
    other_owner: str | None
    debit: int
    credit: int
    balance: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer of a journal with the accounts on both sides."""

    position: int
    debit: Holding
    credit: Holding
    amount: int
    currency: str


def owned_accounts() -> Select[Any]:
    """Organisations' accounts with their balance rows, as the columns of Holding."""
    columns: list[ColumnElement[Any]] = [
        Account.id.expression, Account.kind.expression, Account.currency.expression, Account.owner_id.expression,
        Organisation.name.expression, Balance.debit.expression, Balance.credit.expression, Balance.pending.expression,
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Balance, Balance.account_id == Account.id)
        .join(Organisation, Organisation.id == Account.owner_id)
    )


def platform_accounts() -> list[Holding]:
    """The platform's own accounts, added up from their transfers."""
    query = select(Account.id, Account.kind, Account.currency, Account.owner_id, literal(None), *_sums())
    rows = db.session.execute(query.where(Account.owner_id.is_(None)).order_by(Account.kind))
    return [Holding(*row[:5], int(row[5]), int(row[6])) for row in rows]


def holding_of(account_id: UUID | None) -> Holding:
    """One account. Raises NotFound."""
    query = select(
        Account.id, Account.kind, Account.currency, Account.owner_id, Organisation.name, *_sums(), Balance.pending
    )
    query = query.outerjoin(Organisation, Organisation.id == Account.owner_id)
    row = db.session.execute(
        query.outerjoin(Balance, Balance.account_id == Account.id).where(Account.id == account_id)
    ).first()
    if row is None:
        raise NotFound()
    return Holding(*row[:5], int(row[5]), int(row[6]), row[7] or 0)


def _sums() -> list[ColumnElement[int]]:
    """An account's debits and credits from the transfers themselves."""
    sides = (TransferRow.debit_account_id, TransferRow.credit_account_id)
    return [
        func.coalesce(
            select(func.sum(TransferRow.amount)).where(side == Account.id).correlate(Account).scalar_subquery(), 0
        )
        for side in sides
    ]


def totals_by_kind() -> list[KindTotal]:
    """The trial balance: every kind of account with its debits and credits, which sum to the same."""
    owned = db.session.execute(
        select(Account.kind, Account.currency, func.count(), func.sum(Balance.debit), func.sum(Balance.credit))
        .join(Balance, Balance.account_id == Account.id)
        .group_by(Account.kind, Account.currency)
    )
    found = [KindTotal(kind, currency, n, int(debit), int(credit)) for kind, currency, n, debit, credit in owned]
    found += [KindTotal(one.kind, one.currency, 1, one.debit, one.credit) for one in platform_accounts()]
    order = list(KINDS)
    return sorted(found, key=lambda total: (total.currency, order.index(total.kind)))


def statement_of(account: Holding) -> Select[Any]:
    """The account's transfers as the columns of StatementLine, and `n`, by which they are in order.

    The running balance counts from the account's first transfer, whatever is filtered away afterwards.
    """
    legs = union_all(
        select(
            TransferRow.journal_id, TransferRow.position, TransferRow.credit_account_id.label("other"),
            TransferRow.amount.label("debit"), literal(0).label("credit"),
        ).where(TransferRow.debit_account_id == account.account_id),
        select(
            TransferRow.journal_id, TransferRow.position, TransferRow.debit_account_id,
            literal(0), TransferRow.amount,
        ).where(TransferRow.credit_account_id == account.account_id),
    ).subquery("legs")  # fmt: skip
    order = (JournalEntry.at, JournalEntry.id, legs.c.position)
    gain = legs.c.credit - legs.c.debit if KINDS[account.kind].side == CREDIT else legs.c.debit - legs.c.credit
    other, owner = aliased(Account), aliased(Organisation)
    running = (
        select(
            JournalEntry.id, JournalEntry.at, JournalEntry.kind, JournalEntry.about,
            other.id.label("other_id"), other.kind.label("other_kind"), owner.name.label("other_owner"),
            legs.c.debit, legs.c.credit,
            cast(func.sum(gain).over(order_by=order), BigInteger).label("balance"),
            func.row_number().over(order_by=order).label("n"),
        )
        .join(JournalEntry, JournalEntry.id == legs.c.journal_id)
        .join(other, other.id == legs.c.other)
        .outerjoin(owner, owner.id == other.owner_id)
        .subquery("statement")
    )  # fmt: skip
    return select(running)


def journals_about(name: str) -> ColumnElement[bool]:
    """The condition that a journal is, or is about, what this public id names (journal, sale, lead, organisation)."""
    journal = parse_id("journal", name)
    if journal:
        return JournalEntry.id == journal
    for kind in ("sale", "lead", "organisation"):
        found = parse_id(kind, name)
        if found:
            told = JournalEntry.about[kind].astext == name
            return or_(JournalEntry.id == found, told) if kind == "sale" else told
    return false()


def amounts_of(journals: Sequence[JournalEntry]) -> dict[UUID, int]:
    """The sum of each journal's transfers."""
    rows = db.session.execute(
        select(TransferRow.journal_id, func.sum(TransferRow.amount))
        .where(TransferRow.journal_id.in_([entry.id for entry in journals]))
        .group_by(TransferRow.journal_id)
    )
    return {journal: int(amount) for journal, amount in rows}


def reversals_of(journals: Sequence[JournalEntry]) -> dict[UUID, UUID]:
    """Which of these journals were reversed, and by which."""
    ids = [entry.id for entry in journals]
    rows = db.session.execute(
        select(JournalEntry.reverses_id, JournalEntry.id).where(JournalEntry.reverses_id.in_(ids))
    )
    return {original: reversal for original, reversal in rows if original}


def journal_with(journal_id: UUID | None) -> JournalEntry:
    """One journal. Raises NotFound."""
    found = db.session.get(JournalEntry, journal_id) if journal_id else None
    if found is None:
        raise NotFound()
    return found


def legs_of(entry: JournalEntry) -> list[Leg]:
    """The journal's transfers in order."""
    debit, credit = aliased(Account), aliased(Account)
    rows = db.session.execute(
        select(TransferRow, debit, credit)
        .join(debit, debit.id == TransferRow.debit_account_id)
        .join(credit, credit.id == TransferRow.credit_account_id)
        .where(TransferRow.journal_id == entry.id)
        .order_by(TransferRow.position)
    )
    found = list(rows)
    owners = {account.owner_id for row in found for account in row[1:]}
    names = dict(
        db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(owners))).all()
    )

    def side(account: Account) -> Holding:
        name = names.get(account.owner_id) if account.owner_id else None
        return Holding(account.id, account.kind, account.currency, account.owner_id, name, 0, 0)

    return [Leg(row.position, side(d), side(c), row.amount, row.currency) for row, d, c in found]
