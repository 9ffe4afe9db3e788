"""Jobs: what must happen after a decision, written down in the deciding transaction, carried out by a worker.

A room registers a job with `@job("name")`; any room defers it by that name, so news can travel upward
without an import. The queue is procrastinate on the same PostgreSQL.
"""

import functools
import json
import logging
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import procrastinate
import psycopg
from flask import Flask, current_app
from procrastinate.exceptions import ProcrastinateException
from procrastinate.retry import RetryStrategy
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.database import db

log = logging.getLogger(__name__)
QUEUE = "fairlead"
PAUSE_SECONDS = 2
POOL_SECONDS = 5  # how long a lost database may hold up the worker's end


@dataclass(frozen=True, slots=True)
class Job:
    """One intended effect: the job's name, its JSON arguments (never secrets), and when at the earliest (UTC)."""

    name: str
    arguments: dict[str, Any]
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Registered:
    carry_out: Callable[..., None]
    cron: str | None


_registered: dict[str, _Registered] = {}

# The row constructor keeps the argument list one array, so a batch of jobs is one statement.
DEFER_SQL = """
SELECT procrastinate_defer_jobs_v1(array_agg(
    ROW('fairlead', j.name, 0, NULL, NULL, j.arguments, j.not_before)::procrastinate_job_to_defer_v1))
FROM jsonb_to_recordset(CAST({jobs} AS jsonb)) AS j(name text, arguments jsonb, not_before timestamptz)
HAVING count(*) > 0
"""


def job(name: str, cron: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the job `name`; with `cron` it also runs by itself on that schedule (UTC).

    It runs inside the application's context and commits when it returns; what it raises is retried with
    exponential back-off, up to ten times. It may run twice, so it must be safe to repeat.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _registered[name] = _Registered(function, cron)
        return function

    return register


def as_json(jobs: Iterable[Job]) -> str:
    """The jobs as the parameter of DEFER_SQL."""
    return json.dumps(
        [
            {
                "name": j.name,
                "arguments": j.arguments,
                "not_before": j.not_before.isoformat() if j.not_before else None,
            }
            for j in jobs
        ]
    )


def defer(*jobs: Job) -> None:
    """Write the jobs in the session's transaction: they exist exactly if it commits."""
    db.session.execute(text(DEFER_SQL.format(jobs=":jobs")), {"jobs": as_json(jobs)})


def queue_for(app: Flask) -> procrastinate.App:
    """The procrastinate application that carries out every registered job for this Flask application."""
    connector = procrastinate.PsycopgConnector(conninfo=app.config["FAIRLEAD"].database_url, timeout=POOL_SECONDS)
    queue = procrastinate.App(connector=connector)
    retry = RetryStrategy(max_attempts=10, exponential_wait=2)
    for name, known in _registered.items():
        task = queue.task(name=name, queue=QUEUE, retry=retry)(_in_context(app, known))
        if known.cron:
            queue.periodic(cron=known.cron)(task)
    return queue


def _in_context(app: Flask, known: _Registered) -> Callable[..., None]:
    @functools.wraps(known.carry_out)
    def run(**arguments: Any) -> None:
        if known.cron:
            arguments.pop("timestamp", None)  # procrastinate tells a periodic job its slot; ours read the clock
        with app.app_context():
            try:
                known.carry_out(**arguments)
                db.session.commit()
            except BaseException:
                db.session.rollback()
                raise
            finally:
                db.session.remove()

    return run


@job("jobs.rescue_stalled", cron="* * * * * */15")  # every 15 seconds
def rescue_stalled() -> None:
    """Give back the jobs of workers whose heartbeat stopped (killed, or the machine lost)."""
    seconds = current_app.config["FAIRLEAD"].stalled_worker_timeout
    found = db.session.execute(
        text("""
        WITH stalled AS (
            SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
            WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => :s))
              AND j.task_name <> 'jobs.rescue_stalled'
            FOR UPDATE OF j SKIP LOCKED)
        UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL, attempts = attempts + 1
        FROM stalled WHERE j.id = stalled.id RETURNING j.id"""),
        {"s": seconds},
    )
    rescued = found.scalars().all()
    if rescued:
        log.warning("gave back %d stalled jobs", len(rescued))


@job("jobs.forget_old", cron="17 3 * * *")
def forget_old() -> None:
    """Delete jobs that succeeded more than a week ago; failed ones stay for an admin to see."""
    db.session.execute(
        text("""
        DELETE FROM procrastinate_jobs j WHERE j.status = 'succeeded' AND NOT EXISTS (
            SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > now() - interval '7 days')""")
    )


def run_worker(app: Flask, until_empty: bool = False, concurrency: int = 8) -> None:
    """Carry out jobs until stopped by SIGINT or SIGTERM, or until none is due where `until_empty`.

    A worker outlives its database: procrastinate's ends, one way or another, when its connection is lost, and is
    then started anew. Jobs that were under way are given back as stalled.
    """
    if until_empty:
        return _work(app, concurrency, wait=False)
    # A running event loop turns SIGINT into a graceful stop and KeyboardInterrupt; SIGTERM is to do the same.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    while True:
        try:
            _work(app, concurrency, wait=True)
        except KeyboardInterrupt:
            return None
        except (ProcrastinateException, DBAPIError, psycopg.Error) as lost:
            log.warning("the database was lost: %s", str(lost).strip())
        time.sleep(PAUSE_SECONDS)


def _work(app: Flask, concurrency: int, wait: bool) -> None:
    with app.app_context():
        rescue_stalled()
        db.session.commit()
    queue = queue_for(app)
    timeout = app.config["FAIRLEAD"].stalled_worker_timeout
    with queue.open():
        queue.run_worker(
            queues=[QUEUE],
            wait=wait,
            concurrency=concurrency,
            install_signal_handlers=False,
            update_heartbeat_interval=max(timeout / 3, 0.3),
            stalled_worker_timeout=timeout,
            shutdown_graceful_timeout=10,
        )
