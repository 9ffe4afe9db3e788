"""A wallet's statement: every journal that moved it, with the balance after it."""

from uuid import UUID

from sqlalchemy import BigInteger, Select, Subquery, case, cast, func, select

from billing.models import JournalEntry, TransferRow


def statement_lines(account_id: UUID) -> Subquery:
    """The account's journals as a subquery: id, kind, at, about, reverses_id, amount, balance and place.

    Amounts are micros, positive where money came in; the balance is that after the line and right whatever part of
    the lines is then selected; place 1 is the oldest.
    """
    inward = case((TransferRow.credit_account_id == account_id, TransferRow.amount), else_=-TransferRow.amount)
    moved = (
        select(TransferRow.journal_id, cast(func.sum(inward), BigInteger).label("amount"))
        .where((TransferRow.debit_account_id == account_id) | (TransferRow.credit_account_id == account_id))
        .group_by(TransferRow.journal_id)
        .subquery()
    )
    in_order = (JournalEntry.at, JournalEntry.id)
    return (
        select(
            JournalEntry.id,
            JournalEntry.kind,
            JournalEntry.at,
            JournalEntry.about,
            JournalEntry.reverses_id,
            moved.c.amount,
            cast(func.sum(moved.c.amount).over(order_by=in_order, rows=(None, 0)), BigInteger).label("balance"),
            func.row_number().over(order_by=in_order).label("place"),
        )
        .join(moved, moved.c.journal_id == JournalEntry.id)
        .subquery()
    )


def kinds_in(account_id: UUID) -> Select[str]:
    """The kinds of journals that moved the account."""
    touched = select(TransferRow.journal_id).where(
        (TransferRow.debit_account_id == account_id) | (TransferRow.credit_account_id == account_id)
    )
    return select(JournalEntry.kind).where(JournalEntry.id.in_(touched)).distinct().order_by(JournalEntry.kind)
