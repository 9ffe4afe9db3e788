"""A Fairlead of the benchmark's own, thrown away afterwards: a durable PostgreSQL, migrated, and the web server.

It lies beside the product's data, so that writes reach the same kind of disk.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.launcher import READY_SECONDS, Options, end, flask, granian, healthy, start
from core.local_postgres import LocalPostgres
from core.settings import ROOT

LOOPBACK = "127.0.0.1"
WEB_WORKERS = 2


class BenchmarkError(Exception):
    """The measurement cannot be made, or would say nothing; the message is for the terminal."""


@dataclass(frozen=True, slots=True)
class House:
    """The running database, the environment of every command on it, and how the web server is started."""

    postgres: LocalPostgres
    environment: dict[str, str]
    options: Options

    def flask(self, *command: str) -> str:
        """Run a `flask` command; returns what it said. Raises BenchmarkError where it fails."""
        child = start([*flask(), *command], self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            said = child.communicate()[0].decode(errors="replace")
        finally:
            end(child)
        if child.returncode != 0:
            raise BenchmarkError(f"{said}\n'flask {' '.join(command)}' failed; what it said is above.")
        return said


def instance_directory() -> Path:
    """Where the product keeps its data."""
    return Path(os.environ.get("INSTANCE_PATH") or ROOT / "instance").resolve()


@contextmanager
def house() -> Iterator[House]:
    """A migrated, empty database for as long as the context lasts; then nothing of it is left."""
    instance_directory().mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir=instance_directory()))
    try:
        directory.chmod(0o711)  # as root, PostgreSQL runs as another user
        options = Options(LOOPBACK, _free_port(), WEB_WORKERS, directory)
        with LocalPostgres(directory / "postgres") as server:
            built = House(server, _environment(server, options), options)
            built.flask("db", "upgrade")
            yield built
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def web(built: House) -> Iterator[tuple[str, int]]:
    """The web server, started as the launcher does; yields its address. Raises BenchmarkError."""
    child = start(granian(built.options), built.environment)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not healthy(built.options):
            if child.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError("The web server did not start.")
            time.sleep(0.1)
        yield built.options.address
    finally:
        end(child)


def _environment(server: LocalPostgres, options: Options) -> dict[str, str]:
    """Ours, without what would lead to another database; settings such as BATCH_SIZE stay, to be tried out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    ours = {"DATABASE_URL": server.url, "INSTANCE_PATH": str(options.instance), "PORT": str(options.port)}
    return kept | ours | {"FAIRLEAD_ENV": "development", "BASE_URL": options.url}


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])
