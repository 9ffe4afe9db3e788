"""The `flask user` commands."""

from dataclasses import replace

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from core.database import db
from core.errors import Conflict, DomainError, FieldError
from core.identity.accounts import add_member, found_organisation, slug_of
from core.identity.models import Organisation
from core.identity.principal import ROLES
from core.ids import new_id
from marketplace.organisations import open_organisation

user = AppGroup("user", help="People who sign in.")


# Nothing is marked as required for click, which would stop at the first option that is missing.
@user.command("create")
@click.option("--kind", default="", help=f"The organisation's kind: {', '.join(ROLES)}.")
@click.option("--organisation", default="", help="Its name; it is opened if there is none of that name.")
@click.option("--email", default="", help="The member's e-mail address, to sign in with.")
@click.option("--name", default="", help="The member's name.")
@click.option("--password", help="The member's password; asked for where neither this nor --invite is given.")
@click.option("--invite", is_flag=True, help="Send an invitation by e-mail instead of setting a password.")
def create(kind: str, organisation: str, email: str, name: str, password: str | None, invite: bool) -> None:
    """Add a member to an organisation, which is opened if it does not exist."""
    wrong = []
    if invite and password is not None:
        wrong.append(FieldError("password", "invite", "is chosen by the member who is invited"))
    elif not invite and password is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    joined = None
    try:
        joined = _organisation(kind, organisation)
    except DomainError as refused:
        wrong += [replace(e, field="organisation") if e.field == "name" else e for e in refused.errors]
    try:
        # Without its organisation the member is tried with another, which is rolled back, to learn of every fault.
        add_member(joined or found_organisation("network", "stand-in", new_id().hex), email, name, password)
    except DomainError as refused:
        wrong += refused.errors
    if wrong or joined is None:
        db.session.rollback()
        raise click.ClickException(_in_words(wrong))
    db.session.commit()
    base_url = current_app.config["FAIRLEAD"].base_url
    how = f"An invitation goes to {email}." if invite else f"Sign in at {base_url}/sign-in."
    click.echo(f"{name} is now a member of {joined.name} ({joined.kind}). {how}")


def _organisation(kind: str, name: str) -> Organisation:
    """The organisation of that name, opened if need be. Raises Invalid, or Conflict where it is of another kind."""
    found = db.session.scalar(select(Organisation).where(Organisation.slug == slug_of(name))) if name.strip() else None
    if found is None:
        return open_organisation(kind, name)
    if found.kind != kind:
        said = f"there is an organisation of that name, but its kind is {found.kind}"
        raise Conflict(errors=[FieldError("kind", "conflict", said)])
    return found


def _in_words(wrong: list[FieldError]) -> str:
    lines = []
    for error in wrong:
        allowed = f" ({', '.join(map(str, error.allowed))})" if isinstance(error.allowed, list) else ""
        lines.append(f"  --{error.field} {error.message}{allowed}")
    return "No member was added:\n" + "\n".join(lines)
