"""The whole platform as real processes: PostgreSQL with its safety on, web workers, a job worker."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Self

from flask import Flask
from flask_migrate import upgrade

from core.local_postgres import LocalPostgres
from core.settings import ROOT, load_settings
from wsgi import create_app


class Platform:
    """Started in a directory of its own; parts are killed and started again by name: web, worker, postgres."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.postgres = LocalPostgres(directory / "postgres")
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.postgres.start()
        self.app = self._application()
        with self.app.app_context():
            upgrade()
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.children):
            self.kill(name)
        self.postgres.stop()

    def _application(self) -> Flask:
        return create_app(load_settings(self.environment()))

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "INSTANCE_PATH": str(self.directory),
            "DATABASE_URL": self.postgres.url,
            "BASE_URL": self.url,
            "STALLED_WORKER_TIMEOUT": "2",
            "WEBHOOK_TIMEOUT": "2",
        }

    def start(self, name: str) -> None:
        """Start a part and, for the web, wait until it serves."""
        if name == "postgres":
            self.postgres.start()
            return
        serve = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "2",
                 "--blocking-threads", "8", "--no-ws", "--log-level", "error", "wsgi:app"]  # fmt: skip
        command = serve if name == "web" else ["flask", "--app", "wsgi", "worker"]
        log = (self.directory / f"{name}.log").open("ab")
        self.children[name] = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=self.environment(), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        if name == "web":
            self._wait_until_serving()

    def _wait_until_serving(self) -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the web did not start: {(self.directory / 'web.log').read_text()[-2000:]}")

    def kill(self, name: str) -> None:
        """SIGKILL a part: all its processes at once, no time to say good-bye."""
        if name == "postgres":
            assert self.postgres.pid
            os.kill(self.postgres.pid, signal.SIGKILL)
            return
        child = self.children.pop(name)
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
