"""`make bench`: how many leads a second this machine takes, measured against pgbench on the same server.

Everything happens on loopback, in a database that is thrown away. Exits with 1 where nothing could be measured,
a request failed or the books do not balance; a missed aim is said, but is no failure: machines differ.
"""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

from benchmarks import load, market, pgbench, report
from benchmarks.house import BenchmarkError, House, house, instance_directory, web
from benchmarks.load import Measured, Plan
from benchmarks.people import Crowd
from core.database import db
from core.local_postgres import PostgresStartError
from core.settings import load_settings
from wsgi import create_app

SEED = 20_260_101
WARM_UP_SECONDS = 2.0
SHAPES = {"single": {"connections": 32, "leads": 1}, "batch": {"connections": 4, "leads": 1_000}}
PATHS = {"single": "/v1/leads", "batch": "/v1/leads/batch"}


def main() -> int:
    """Measure, tell, and return the exit status."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        told = _measure_all(options)
    except (BenchmarkError, PostgresStartError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing is left behind.", file=sys.stderr)
        return 130
    text = json.dumps(told, indent=2)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(text + "\n")
    print(text)
    print(report.table(told))
    print(f"Written to {options.json}")
    return 0 if told["books"].startswith("ok") else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=int, default=6, help="of each single measurement (default: 6)")
    parser.add_argument("--rounds", type=int, default=3, help="of single, batch and pgbench (default: 3)")
    parser.add_argument("--orders", type=int, default=10_000, help="standing orders in the market (default: 10000)")
    parser.add_argument("--json", type=Path, default=instance_directory() / "bench.json", help="where to write it")
    return parser.parse_args()


def _stop(*_: object) -> None:
    """Stop once; further signals must not cut the tidying up short."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _measure_all(options: argparse.Namespace) -> dict[str, Any]:
    _say("Starting PostgreSQL and migrating…")
    with house() as built:
        _say(f"Writing the market: {options.orders:,} orders…")
        keys = _load_market(built, options.orders)
        _say("Filling pgbench's tables…")
        pgbench.prepare(built.postgres)
        with web(built) as address:
            rounds = _rounds(built, Driver(address, keys), options)
        _say("Checking the books…")
        books = _books(built)
        settings = {
            "orders": options.orders,
            "seconds": options.seconds,
            "rounds": options.rounds,
            "postgres": pgbench.version(built.postgres),
            **SHAPES,
        }
        return report.figures(rounds, settings, books)


def _load_market(built: House, orders: int) -> list[str]:
    application = create_app(load_settings(built.environment))
    with application.app_context():
        keys = market.load_market(orders, SEED)
        db.engine.dispose()
    return keys


class Driver:
    """Drives the two loads, with leads enough for the pace that was seen last."""

    def __init__(self, address: tuple[str, int], keys: list[str]) -> None:
        self._address = address
        self._keys = keys
        self._crowd = Crowd(market.FIELDS, SEED)
        self._pace = {"single": 2_000.0, "batch": 5_000.0}

    def run(self, name: str, seconds: float) -> Measured:
        """One measurement of that load. Raises BenchmarkError."""
        connections, size = SHAPES[name]["connections"], SHAPES[name]["leads"]
        requests = connections + int(2 * self._pace[name] * seconds / size)
        bodies = self._crowd.leads(requests * size)
        if size > 1:
            bodies = [b"[" + b",".join(bodies[n : n + size]) + b"]" for n in range(0, len(bodies), size)]
        keys = [self._keys[n % len(self._keys)] for n in range(connections)]
        measured = load.measure(Plan(self._address, PATHS[name], keys, bodies, seconds))
        self._pace[name] = measured.leads_per_second
        return measured


def _rounds(built: House, driver: Driver, options: argparse.Namespace) -> list[report.Round]:
    _say("Warming up…")
    for name in SHAPES:
        driver.run(name, WARM_UP_SECONDS)
    before = pgbench.measure(built.postgres, options.seconds)
    _say(f"pgbench {before:,.0f} transactions a second")
    rounds = []
    for number in range(1, options.rounds + 1):
        single, batch = driver.run("single", options.seconds), driver.run("batch", options.seconds)
        after = pgbench.measure(built.postgres, options.seconds)
        rounds.append(report.Round(before, single, batch, after))
        leads = f"single {single.leads_per_second:,.0f}, batch {batch.leads_per_second:,.0f} leads a second"
        _say(f"round {number}: {leads}, pgbench {after:,.0f}")
        before = after
    return rounds


def _books(built: House) -> str:
    """`flask books check`: ok, or what it found."""
    try:
        said = built.flask("books", "check")
    except BenchmarkError as error:
        return f"BROKEN\n{error}"
    return f"ok, {len(said.splitlines())} rules hold"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
