"""The `flask demo` command: a lively market with thirty days behind it, to try Fairlead with."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from core import audit
from core.database import db
from core.errors import DomainError
from core.identity.models import Organisation
from core.ids import public_id
from core.money import shown
from marketplace.demo import logins
from marketplace.demo.founding import BEFORE, DemoClock, find_network, find_world, found, in_use
from marketplace.demo.history import live_through
from marketplace.demo.traffic import first_moment, traffic
from marketplace.leads.models import STATUSES, Lead
from marketplace.sales.models import Sale

FOUNDED, FINISHED = "demo.founded", "demo.finished"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes one demo like another: the seed, the number of leads, the moment at which its history ends."""

    seed: int
    leads: int
    end: datetime


@click.command("demo")
@click.option("--leads", default=6_000, show_default=True, type=click.IntRange(1, 30_000), help="How many to send.")
@click.option("--seed", default=1, show_default=True, help="Another number makes another market.")
@with_appcontext
def demo(leads: int, seed: int) -> None:
    """Fill an empty database with a demo market: verticals, members, orders and thirty days of leads.

    Run again, it changes nothing; a run that was cut off is continued. Logins are in instance/demo.json.
    """
    if not current_app.config["FAIRLEAD"].development:
        raise click.ClickException("The demo has known logins, so it is for trial installations, not for production.")
    network = find_network()
    if network is None and in_use():
        click.echo("This database has a market of its own, so it gets no demo.")
        return
    if network is None:
        try:
            network = _found(Recipe(seed, leads, datetime.now(UTC)))
        except DomainError as refused:
            taken = "; ".join(error.message for error in refused.errors) or str(refused)
            raise click.ClickException(f"The demo does not fit beside what the database has: {taken}.") from refused
    if _noted(FINISHED, network) is None:
        _live(network)
        _summarise()
    else:
        click.echo("The demo is there already; nothing was changed.")
    _show_logins()


def _found(recipe: Recipe) -> Organisation:
    known = logins.new_logins()
    with _time(first_moment(recipe.end) - BEFORE) as time:
        network = found(time, known)
        noted = {"seed": recipe.seed, "leads": recipe.leads, "end": recipe.end.isoformat()}
        audit.record(FOUNDED, "organisation", network.id, after=noted)
        known = logins.issue_keys(known)
        db.session.commit()
    logins.write_down(known)
    return network


def _live(network: Organisation) -> None:
    noted = _noted(FOUNDED, network)
    assert noted is not None and noted.after is not None
    recipe = Recipe(noted.after["seed"], noted.after["leads"], datetime.fromisoformat(noted.after["end"]))
    network_id = network.id
    arrivals = traffic(recipe.seed, recipe.leads, recipe.end)
    with _time(first_moment(recipe.end)) as time:
        with click.progressbar(length=len(arrivals), label="Sending leads", file=sys.stderr) as bar:
            for done in live_through(find_world(), arrivals, recipe.end, time):
                bar.update(done)
        audit.record(FINISHED, "organisation", network_id, after={"leads": recipe.leads})
        db.session.commit()


@contextmanager
def _time(moment: datetime) -> Iterator[DemoClock]:
    """The application's clock under our control, for as long as the context lasts."""
    clocks = current_app.extensions
    before = clocks.get("clock")
    clocks["clock"] = time = DemoClock(moment)
    try:
        yield time
    finally:
        clocks["clock"] = before


def _noted(action: str, network: Organisation) -> audit.AuditEvent | None:
    event = audit.AuditEvent
    about = (event.action == action, event.object_id == public_id("organisation", network.id))
    return db.session.scalar(select(event).where(*about))


def _summarise() -> None:
    rows = db.session.execute(select(Lead.status, func.count()).group_by(Lead.status))
    counts = dict(rows.all())
    total = sum(counts.values())
    sums = select(func.count(), func.sum(Sale.price), func.sum(Sale.commission), func.sum(Sale.margin)).select_from(
        Sale
    )
    sales, volume, commissions, margin = db.session.execute(sums).one()
    currency = current_app.config["FAIRLEAD"].currency
    click.echo(f"{total:,} leads in thirty days:")
    for status in STATUSES:
        click.echo(f"  {status:12}{counts.get(status, 0):>8,}  {counts.get(status, 0) / max(1, total):>5.1%}")
    click.echo(f"{sales:,} sales:")
    for name, amount in (("volume", volume), ("commissions", commissions), ("margin", margin)):
        click.echo(f"  {name:12}{shown(amount or 0):>14} {currency}")


def _show_logins() -> None:
    path = logins.path()
    if not path.exists():
        logins.write_down(logins.recovered_logins())
        db.session.rollback()  # trying the passwords counts as being seen, which it was not
        click.echo("API keys cannot be told a second time: make new ones in the portal, under API keys.")
    for login in logins.read():
        click.echo(f"  {login.role:12}{login.email:26}{login.password:20}{login.api_key}")
    click.echo(f"These logins are in {path}")
