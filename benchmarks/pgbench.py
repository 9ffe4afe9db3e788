"""The yardstick: pgbench's TPC-B-like transactions on the same server, in a database of their own."""

import re
import subprocess
from urllib.parse import urlsplit

from benchmarks.house import BenchmarkError
from core.local_postgres import ENVIRONMENT, LocalPostgres, binaries

DATABASE = "pgbench"
SCALE = 50  # more branches than clients, as the manual asks: otherwise it measures their locks
CLIENTS, THREADS = 32, 2


def prepare(server: LocalPostgres) -> None:
    """Make the database and fill its tables."""
    _run(server, "psql", "-X", "-q", "-c", f"CREATE DATABASE {DATABASE}", "postgres")
    _run(server, "pgbench", "-i", "-q", "-s", str(SCALE), DATABASE)
    _run(server, "psql", "-X", "-q", "-c", "CHECKPOINT", "postgres")


def measure(server: LocalPostgres, seconds: int) -> float:
    """Transactions a second over `seconds`, without the time for connecting."""
    load = ["-M", "prepared", "-c", str(CLIENTS), "-j", str(THREADS), "-T", str(seconds)]
    said = _run(server, "pgbench", *load, DATABASE)
    found = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"pgbench gave no figure:\n{said}")
    return float(found[1])


def version(server: LocalPostgres) -> str:
    """The server's version."""
    return _run(server, "psql", "-X", "-A", "-t", "-c", "SHOW server_version", "postgres").strip()


def _run(server: LocalPostgres, program: str, *arguments: str) -> str:
    """Run one of the wheel's programs against the server; returns its standard output."""
    url = urlsplit(server.url)
    login = {
        "PGHOST": str(url.hostname),
        "PGPORT": str(url.port),
        "PGUSER": str(url.username),
        "PGPASSWORD": str(url.password),
    }
    command = [str(binaries() / program), *arguments]
    done = subprocess.run(command, env=ENVIRONMENT | login, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"{program} failed:\n{done.stderr}")
    return done.stdout
