"""The `flask books` commands."""

import sys

import click
from flask.cli import AppGroup

from billing.books import check, rules

books = AppGroup("books", help="The ledger's books.")


@books.command("check")
def check_command() -> None:
    """Prove the ledger's invariants; exits with 1 where one does not hold."""
    findings = {finding.rule: finding for finding in check()}
    for rule in rules():
        found = findings.get(rule)
        click.echo(f"{'BROKEN' if found else 'ok':7} {rule}")
        for row in found.rows if found else []:
            click.echo(f"        {row}")
    if findings:
        sys.exit(1)
