"""`flask books check`: proves the ledger's invariants by query. Each query lists what breaks its rule.

The numbers are those of the project's notes on money, section 1. Rooms above add their own rules, which tie
their rows to the ledger, through `register_check`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from core.database import db

APPEND_ONLY = ("journal", "transfer", "audit_event")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold, with the rows (at most 20) that break it."""

    rule: str
    rows: list[dict[str, Any]]


_checks: dict[str, str] = {
    "every debit has its equal credit (1)": """
        SELECT currency, sum(amount) FILTER (WHERE amount <= 0 OR debit_account_id = credit_account_id) AS wrong
        FROM transfer GROUP BY currency
        HAVING count(*) FILTER (WHERE amount <= 0 OR debit_account_id = credit_account_id) > 0""",
    "balances equal the sum of their transfers (2)": """
        WITH legs AS (
            SELECT debit_account_id AS account, amount AS debit, 0 AS credit FROM transfer
            UNION ALL SELECT credit_account_id, 0, amount FROM transfer),
        sums AS (SELECT account, sum(debit) AS debit, sum(credit) AS credit, count(*) AS legs FROM legs GROUP BY 1)
        SELECT b.account_id, b.debit, s.debit AS booked_debit, b.credit, s.credit AS booked_credit, b.legs
        FROM balance b LEFT JOIN sums s ON s.account = b.account_id
        WHERE (b.debit, b.credit, b.legs) <> (COALESCE(s.debit, 0), COALESCE(s.credit, 0), COALESCE(s.legs, 0))""",
    "no account is below its floor (3)": """
        SELECT account_id, credit - debit - pending AS available, floor FROM balance
        WHERE floor IS NOT NULL AND credit - debit - pending < floor""",
    "what must only grow is guarded (4)": f"""
        SELECT name AS unguarded FROM unnest(ARRAY{list(APPEND_ONLY)!r}) AS name
        WHERE (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = name::regclass AND t.tgenabled IN ('O', 'A')
               AND t.tgname IN ('append_only_rows', 'append_only_table')) < 2""",
    "no journal is empty or partial (6)": """
        SELECT j.id, count(t.position) AS transfers, max(t.position) AS last
        FROM journal j LEFT JOIN transfer t ON t.journal_id = j.id
        GROUP BY j.id HAVING count(t.position) = 0 OR max(t.position) <> count(t.position) - 1""",
    "both sides of a transfer share its currency (8)": """
        SELECT t.journal_id, t.position FROM transfer t
        JOIN account d ON d.id = t.debit_account_id JOIN account c ON c.id = t.credit_account_id
        WHERE d.currency <> t.currency OR c.currency <> t.currency""",
    "accounts with a floor have a balance row": """
        SELECT a.id, a.kind FROM account a LEFT JOIN balance b ON b.account_id = a.id
        WHERE a.kind IN ('wallet', 'commission_held', 'commission_payable') AND b.account_id IS NULL""",
    "a reversal mirrors its original (12)": """
        SELECT r.id AS reversal, r.reverses_id AS original FROM journal r
        WHERE r.reverses_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM (SELECT * FROM transfer WHERE journal_id = r.id) m
            FULL JOIN (SELECT * FROM transfer WHERE journal_id = r.reverses_id) o
              ON (o.position, o.debit_account_id, o.credit_account_id, o.amount)
               = (m.position, m.credit_account_id, m.debit_account_id, m.amount)
            WHERE o.journal_id IS NULL OR m.journal_id IS NULL)""",
}


def register_check(rule: str, query: str) -> None:
    """Add a rule; `query` returns the rows that break it."""
    _checks[rule] = query


def rules() -> Mapping[str, str]:
    """Every rule, by its sentence, with its query."""
    return dict(_checks)


def check() -> list[Finding]:
    """Run every rule on one snapshot of the database; an empty list means that the books are in order.

    Call it in a transaction of its own: it makes that transaction REPEATABLE READ and read-only.
    """
    db.session.rollback()
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    findings = []
    for rule, query in _checks.items():
        rows = db.session.execute(text(f"SELECT * FROM ({query}) AS broken LIMIT 20")).mappings().all()
        if rows:
            findings.append(Finding(rule, [dict(row) for row in rows]))
    db.session.rollback()
    return findings
