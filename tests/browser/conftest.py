"""A real browser against the whole platform with its demo: chromium from the PATH, else Playwright's own."""

import json
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from core.settings import ROOT
from tests.platform import Platform

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless chromium; without one the browser tests are skipped, loudly."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            made = playwright.chromium.launch(executable_path=found, args=QUIET)
        except Error as error:
            said = f"NO BROWSER: the pages are NOT tested here. Install chromium. ({str(error).splitlines()[0]})"
            warnings.warn(said, stacklevel=1)
            pytest.skip(said)
        yield made
        made.close()


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform with a small demo market, web and worker running."""
    directory = tempfile.TemporaryDirectory(prefix="fairlead-browser-")
    with directory, Platform(Path(directory.name)) as made:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--leads", "700"]
        subprocess.run(command, cwd=ROOT, env=made.environment(), check=True, capture_output=True)
        made.start("web")
        made.start("worker")
        yield made


@pytest.fixture(scope="session")
def logins(platform: Platform) -> dict[str, Any]:
    """The demo's logins and keys, by role."""
    told: dict[str, Any] = json.loads((platform.directory / "demo.json").read_text())
    return told


class Visit:
    """A person at a browser window, signed in as one role; every complaint of the browser is kept."""

    def __init__(self, browser: Browser, platform: Platform, width: int, dark: bool = False) -> None:
        height = 900 if width > 600 else 844
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            base_url=platform.url,
            reduced_motion="reduce",
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", lambda r: self.complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        self.page.on(
            "request", lambda r: None if r.url.startswith((platform.url, "data:")) else self.complaints.append(r.url)
        )

    def sign_in(self, login: dict[str, str]) -> "Visit":
        self.page.goto("/sign-in")
        self.page.fill("[name=email]", login["email"])
        self.page.fill("[name=password]", login["password"])
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self


@pytest.fixture
def visit(browser: Browser, platform: Platform) -> Iterator[Any]:
    """Opens windows: visit(width, dark) -> Visit."""
    opened: list[Visit] = []

    def open_window(width: int = 1280, dark: bool = False) -> Visit:
        opened.append(Visit(browser, platform, width, dark))
        return opened[-1]

    yield open_window
    for window in opened:
        window.context.close()
