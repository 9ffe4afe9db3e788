"""The admins' ledger pages: accounts, statements, journals, the books' check. They know accounts and amounts only.

`add_pages` puts them into the portal, which belongs to a floor above.
"""

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, select, tuple_

from billing import statements
from billing.accounts import CREDIT, KINDS
from billing.books import Finding, check, rules
from billing.models import Account, Balance, JournalEntry
from billing.statements import Holding, StatementLine
from core.database import db
from core.identity.models import Organisation
from core.ids import parse_id
from core.pages import listing
from core.periods import asked_period


def add_pages(portal: Blueprint) -> None:
    """Put the ledger's pages into the portal."""
    portal.add_url_rule("/ledger", "ledger", ledger)
    portal.add_url_rule("/ledger/accounts/<account_name>", "account", account)
    portal.add_url_rule("/ledger/journals", "journals", journals)
    portal.add_url_rule("/ledger/journals/<journal_name>", "journal", journal)
    portal.add_url_rule("/ledger/books", "books", books, methods=["GET", "POST"])


def ledger() -> str:
    """The trial balance, and every organisation's accounts."""
    query = statements.owned_accounts()
    asked = request.args
    if asked.get("kind") in KINDS:
        query = query.where(Account.kind == asked["kind"])
    if asked.get("owner"):
        query = query.where(Organisation.name.icontains(asked["owner"].strip(), autoescape=True))
    sorts: dict[str, ColumnElement[Any]] = {
        "owner": Organisation.name.expression,
        "kind": Account.kind.expression,
        "balance": Balance.credit - Balance.debit,
    }
    page = listing(query, sorts, "-balance", scalars=False)
    totals = statements.totals_by_kind()
    return render_template(
        "admin/ledger.html",
        page=page,
        accounts=[Holding(*row) for row in page.rows],
        platform={one.kind: one for one in statements.platform_accounts()},
        totals=totals,
        debit=sum(total.net_debit for total in totals),
        credit=sum(total.net_credit for total in totals),
        kinds=[(kind, known.title) for kind, known in KINDS.items() if known.owned],
    )


def account(account_name: str) -> str:
    """One account with its statement."""
    found = statements.holding_of(parse_id("account", account_name))
    query = statements.statement_of(found)
    columns = query.selected_columns
    query = query.where(*asked_period().conditions(columns.at))
    sorts: dict[str, ColumnElement[Any]] = {"at": columns.n, "debit": columns.debit, "credit": columns.credit}
    page = listing(query, sorts, "-at", scalars=False)
    return render_template(
        "admin/account.html",
        account=found,
        account_name=account_name,
        credit_side=KINDS[found.kind].side == CREDIT,
        page=page,
        lines=[StatementLine(*row[:10]) for row in page.rows],
        titles={kind: known.title for kind, known in KINDS.items()},
    )


def journals() -> str:
    """Every journal, filtered by kind, day, and what it is about."""
    asked = request.args
    query = select(JournalEntry).where(*asked_period().conditions(JournalEntry.at))
    if asked.get("kind"):
        query = query.where(JournalEntry.kind == asked["kind"])
    if asked.get("find"):
        query = query.where(statements.journals_about(asked["find"].strip()))
    sorts: dict[str, ColumnElement[Any]] = {
        "at": tuple_(JournalEntry.at, JournalEntry.id),  # whatever was booked at one moment stays in order
        "kind": tuple_(JournalEntry.kind, JournalEntry.id),
    }
    page = listing(query, sorts, "-at")
    known = db.session.scalars(select(JournalEntry.kind).distinct().order_by(JournalEntry.kind))
    return render_template(
        "admin/journals.html",
        page=page,
        amounts=statements.amounts_of(page.rows),
        reversals=statements.reversals_of(page.rows),
        kinds=[(kind, in_words(kind)) for kind in known],
        in_words=in_words,
    )


def journal(journal_name: str) -> str:
    """One journal: its transfers, what it is about, and its reversal or original."""
    entry = statements.journal_with(parse_id("journal", journal_name))
    return render_template(
        "admin/journal.html",
        entry=entry,
        journal_name=journal_name,
        legs=statements.legs_of(entry),
        reversed_by=statements.reversals_of([entry]).get(entry.id),
        in_words=in_words,
    )


def books() -> str:
    """The rules that the books must satisfy; sent as a form, it checks them all."""
    findings: dict[str, Finding] | None = None
    if request.method == "POST":
        findings = {finding.rule: finding for finding in check()}
    return render_template("admin/books.html", rules=list(rules()), findings=findings)


def in_words(kind: str) -> str:
    """A kind of journal as pages show it."""
    return kind.replace("_", " ").replace(".", ": ")
