"""The ledger's tables: accounts, balances, journals, transfers. See `ledger.py` for the only writer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Key, Micros


class Account(Base):
    """A place money can be. `owner_id` is an organisation, or nobody for the platform's own accounts."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("kind", "owner_id", "currency", postgresql_nulls_not_distinct=True),
        UniqueConstraint("id", "currency"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    currency: Mapped[str] = mapped_column(String(3))


class Balance(Base):
    """Cumulative debits and credits of an account that has a floor; platform accounts have no such row.

    `pending` is what open holds keep from being spent; `legs` counts transfer legs, so that a lost leg shows.
    """

    __tablename__ = "balance"
    __table_args__ = (
        CheckConstraint("floor IS NULL OR credit - debit - pending >= floor", name="floor"),
        CheckConstraint("debit >= 0 AND credit >= 0 AND pending >= 0", name="positive"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    debit: Mapped[Micros] = mapped_column(default=0)
    credit: Mapped[Micros] = mapped_column(default=0)
    pending: Mapped[Micros] = mapped_column(default=0)
    floor: Mapped[Micros | None]
    legs: Mapped[int] = mapped_column(BigInteger, default=0)


class JournalEntry(Base):
    """Transfers that happen together. Its id is its idempotency key: one cause, one journal."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("uq__journal__reverses_id", "reverses_id", unique=True, postgresql_where="reverses_id IS NOT NULL"),
        Index("ix__journal__kind", "kind", "id"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    at: Mapped[datetime]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.id"))
    about: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class TransferRow(Base):
    """One debit and its equal credit: an unbalanced entry cannot be written."""

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        ForeignKeyConstraint(
            ["debit_account_id", "currency"], ["account.id", "account.currency"], name="fk__transfer__debit"
        ),
        ForeignKeyConstraint(
            ["credit_account_id", "currency"], ["account.id", "account.currency"], name="fk__transfer__credit"
        ),
        Index("ix__transfer__debit", "debit_account_id", "journal_id"),
        Index("ix__transfer__credit", "credit_account_id", "journal_id"),
    )

    journal_id: Mapped[UUID] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    debit_account_id: Mapped[UUID]
    credit_account_id: Mapped[UUID]
    amount: Mapped[Micros]
    currency: Mapped[str] = mapped_column(String(3))
