"""What `make run` does once the virtual environment exists: database, migrations, demo, web, worker; one Ctrl-C.

Reads HOST, PORT, WEB_WORKERS, INSTANCE_PATH and DATABASE_URL; the application reads its own settings.
"""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from core.local_postgres import LocalPostgres, PostgresStartError
from core.settings import ROOT

READY_SECONDS = 60.0
STOP_SECONDS = 30.0  # for requests and jobs under way to finish
ROLES = ("publisher", "advertiser", "admin")
Process: TypeAlias = "subprocess.Popen[bytes]"


class LauncherError(Exception):
    """Fairlead cannot start or go on; the message is for the terminal."""


class StopRequested(Exception):
    """The operator asked us to stop before everything had started."""


class Stop:
    """Whether we were asked to stop: by a signal, or because the `make` that started us is gone.

    A plain flag and not threading.Event, whose lock a signal handler can find held by its own thread.
    """

    def __init__(self) -> None:
        self._asked = False
        self._parent = os.getppid() if "MAKELEVEL" in os.environ else None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, *_: object) -> None:
        self._asked = True

    def wait(self, seconds: float) -> bool:
        """Sleep, then say whether to stop."""
        time.sleep(0 if self._asked else seconds)
        return self._asked or self._parent not in (None, os.getppid())


@dataclass(frozen=True, slots=True)
class Options:
    """How this run was asked for."""

    host: str
    port: int
    workers: int
    instance: Path

    @property
    def address(self) -> tuple[str, int]:
        """Where a browser on this machine finds the web server."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host), self.port

    @property
    def url(self) -> str:
        """The same, as an address to click on."""
        host, port = self.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def main() -> int:
    """Run Fairlead until it is told to stop; return the process's exit status."""
    stop = Stop()
    try:
        options = read_options()
        with only_one(options.instance) as lock:
            check_port(options)
            with database(options) as environment:
                prepare(environment, stop)
                serve(options, environment, lock, stop)
    except StopRequested:
        pass
    except (LauncherError, PostgresStartError) as error:
        say(f"\n{error}", file=sys.stderr)
        return 1
    say("Fairlead has stopped. Its data is kept; 'make run' continues with it.")
    return 0


def say(text: str, file: Any = None) -> None:
    """Print at once, also into a pipe. A terminal that has been closed must not keep us from stopping."""
    with suppress(OSError):
        print(text, file=file, flush=True)


def read_options() -> Options:
    """The options from the environment. Raises LauncherError when one is not a number in its range."""
    numbers = {}
    for name, default, highest in (("PORT", 8000, 65535), ("WEB_WORKERS", 2, 256)):
        text = os.environ.get(name) or str(default)
        if not text.isdecimal() or not 1 <= int(text) <= highest:
            raise LauncherError(f"{name} is {text!r}, but must be a number from 1 to {highest}.")
        numbers[name] = int(text)
    instance = Path(os.environ.get("INSTANCE_PATH") or ROOT / "instance").resolve()
    return Options(os.environ.get("HOST") or "127.0.0.1", numbers["PORT"], numbers["WEB_WORKERS"], instance)


@contextmanager
def only_one(instance: Path) -> Iterator[IO[str]]:
    """Hold the instance for this run; yields the lock file. Raises LauncherError when another run holds it.

    Web and worker inherit the lock, so it also tells of those that outlived a launcher that was killed.
    """
    instance.mkdir(parents=True, exist_ok=True)
    with (instance / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            processes = ", ".join(lock.read().split())
            raise LauncherError(
                f"Fairlead already runs with the data in {instance} (processes {processes}).\n"
                "Stop it first, or start a second one beside it with another INSTANCE_PATH and PORT."
            ) from None
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        yield lock


def check_port(options: Options) -> None:
    """Raise LauncherError unless the web server will be able to listen on its port."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        socket.create_server((options.host, options.port), family=family).close()
    except OSError as error:
        fault = str(error.strerror).split(" (")[0]
        raise LauncherError(
            f"Cannot listen on {options.host}, port {options.port}: {fault}.\n"
            "Choose another port like this: PORT=8001 make run"
        ) from error


@contextmanager
def database(options: Options) -> Iterator[dict[str, str]]:
    """Yield the children's environment, with the database of DATABASE_URL or else a PostgreSQL of our own."""
    environment = dict(os.environ) | {"PORT": str(options.port), "INSTANCE_PATH": str(options.instance)}
    if environment.get("DATABASE_URL"):
        yield environment
        return
    say("Starting PostgreSQL…")
    with LocalPostgres(options.instance / "postgres") as server:
        # libpq would apply the user's PG* variables, meant for another server, to ours.
        environment = {name: value for name, value in environment.items() if not name.startswith("PG")}
        try:
            yield environment | {"DATABASE_URL": server.url}
        finally:
            say("Stopping PostgreSQL…")


def prepare(environment: dict[str, str], stop: Stop) -> None:
    """Migrate the database and, but for production, make the demo unless it is there.

    Raises StopRequested, LauncherError.
    """
    steps = {"Preparing the database…": "db upgrade", "Preparing the demo…": "demo"}
    if environment.get("FAIRLEAD_ENV") == "production":
        del steps["Preparing the demo…"]
    for doing, command in steps.items():
        say(doing)
        with tempfile.TemporaryFile() as output:
            shown = None if command == "demo" else output  # it takes a while: its progress bar is to be seen
            child = start([*flask(), *command.split()], environment, stdout=output, stderr=shown)
            while child.poll() is None:
                if stop.wait(0.05):
                    end(child)
                    raise StopRequested
            if child.returncode != 0:
                output.seek(0)
                said = output.read().decode(errors="replace")
                raise LauncherError(f"{said}\n'flask {command}' failed; what it said is above.")


def flask() -> list[str]:
    """The start of a flask command line."""
    return [sys.executable, "-m", "flask", "--app", "wsgi"]


def granian(options: Options) -> list[str]:
    """The web server's command line.

    Its backpressure counts open connections, idle ones too, so it stays far above the threads. Static files go
    through Flask: granian's own static route sends neither validators nor our security headers.
    """
    listen = ["--interface", "wsgi", "--host", options.host, "--port", str(options.port), "--no-ws"]
    size = ["--workers", str(options.workers), "--blocking-threads", "16", "--backlog", "2048"]
    size += ["--backpressure", "1024"]
    life = ["--respawn-failed-workers", "--workers-kill-timeout", "20", "--log-level", "error"]
    return [sys.executable, "-m", "granian", *listen, *size, *life, "wsgi:app"]


def start(command: list[str], environment: dict[str, str], **options: Any) -> Process:
    """Start a child in the project's directory and in a session of its own: Ctrl-C reaches us alone."""
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True, **options
    )


def end(child: Process) -> None:
    """Ask a child to end, wait until it has, and leave none of its own children behind."""
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def serve(options: Options, environment: dict[str, str], lock: IO[str], stop: Stop) -> None:
    """Run web and worker until told to stop, then stop them in this order. If one ends by itself: SystemExit."""
    say("Starting web and worker…")
    children: dict[str, Process] = {}
    try:
        for name, command in (("web", granian(options)), ("worker", [*flask(), "worker"])):
            children[name] = start(command, environment, pass_fds=(lock.fileno(),))
            print(children[name].pid, file=lock, flush=True)
        wait_until_healthy(options, children, stop)
        say(banner(options))
        while not stop.wait(0.2):
            check(children)
    except LauncherError as error:  # say it before the rest is stopped, which may take a while
        say(f"\n{error}", file=sys.stderr)
        raise SystemExit(1) from error
    finally:
        for name, child in children.items():
            say(f"Stopping {name}…")
            end(child)


def wait_until_healthy(options: Options, children: dict[str, Process], stop: Stop) -> None:
    """Return once /health is answered with 200. Raises StopRequested or LauncherError."""
    deadline = time.monotonic() + READY_SECONDS
    while not healthy(options):
        check(children)
        if stop.wait(0.1):
            raise StopRequested
        if time.monotonic() > deadline:
            raise LauncherError(f"{options.url}/health did not answer within {READY_SECONDS:.0f} seconds.")


def healthy(options: Options) -> bool:
    """Whether the web server answers and finds itself well."""
    connection = http.client.HTTPConnection(*options.address, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def check(children: dict[str, Process]) -> None:
    """Raise LauncherError if one of the children has ended by itself."""
    for name, child in children.items():
        status = child.poll()
        if status is not None:
            raise LauncherError(f"The {name} process ended by itself (exit status {status}).")


def banner(options: Options) -> str:
    """What to tell the operator: where Fairlead is, and how to log in to the demo if there is one."""
    lines = ["", f"  Fairlead runs at  {options.url}", f"  API documents     {options.url}/docs"]
    lines += [f"  Mail it sent      {options.url}/mailbox", ""]
    with suppress(FileNotFoundError):
        demo = json.loads((options.instance / "demo.json").read_text())
        rows = [("Demo", "E-mail", "Password", "API key")]
        rows += [(role, *(demo[role][field] for field in ("email", "password", "api_key"))) for role in ROLES]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines += ["  " + "   ".join(map(str.ljust, row, widths)).rstrip() for row in rows] + [""]
    return "\n".join([*lines, "  Ctrl-C stops it.", ""])


if __name__ == "__main__":
    sys.exit(main())
