"""The `flask worker` command."""

import logging

import click
from flask import current_app
from flask.cli import with_appcontext

from core.jobs import run_worker


@click.command("worker")
@click.option("--until-empty", is_flag=True, help="Stop when no job is due, instead of waiting for more.")
@click.option("--concurrency", default=8, show_default=True, help="How many jobs run side by side.")
@with_appcontext
def worker(until_empty: bool, concurrency: int) -> None:
    """Carry out jobs: deliveries, mails, releases of held commissions."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    run_worker(current_app._get_current_object(), until_empty, concurrency)  # type: ignore[attr-defined]
