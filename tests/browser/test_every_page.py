"""Every page of every role, at desktop and phone width, light and dark: it works, fits, and is accessible."""

import os
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

PER_SHAPE = 3  # how many pages of one shape (/admin/leads/lead_…) are looked at
PORTALS = ("/publisher", "/advertiser", "/admin", "/keys", "/members", "/docs")
SHOTS = os.environ.get("SCREENSHOTS")  # a directory to keep pictures in, for people to look at


def shape(path: str) -> str:
    """A page's address with its identifiers left out."""
    return "/".join("*" if "_" in part and len(part) > 30 else part for part in path.split("/"))


def pages_of(window: Any, home: str) -> list[str]:
    """The pages reachable by links from a role's home, a few of each shape."""
    seen: dict[str, int] = {}
    found: list[str] = []
    waiting = deque([home])
    while waiting:
        path = waiting.popleft()
        if path in found or seen.get(shape(path), 0) >= PER_SHAPE:
            continue
        answer = window.page.goto(path)
        assert answer.status == 200, f"{path} answered {answer.status}"
        seen[shape(path)] = seen.get(shape(path), 0) + 1
        found.append(path)
        links = window.page.eval_on_selector_all(
            "main a[href], nav a[href], aside a[href]", "all => all.map(a => a.href)"
        )
        for link in links:
            parts = urlsplit(link)
            here = parts.netloc == urlsplit(window.page.url).netloc and not parts.query
            if here and parts.path.startswith(PORTALS) and not parts.path.endswith(".csv"):
                waiting.append(parts.path)
    return found


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("role", ["publisher", "advertiser", "admin"])
def test_every_page_works_fits_and_is_accessible(visit: Any, logins: dict[str, Any], role: str) -> None:
    desk = visit(1280).sign_in(logins[role])
    home = f"/{role}/"
    pages = pages_of(desk, home)
    assert len(pages) >= 8, pages
    assert desk.complaints == []
    once = {shape(path): path for path in pages}.values()
    for width, dark in ((1280, False), (1280, True), (390, False)):
        window = visit(width, dark).sign_in(logins[role])
        for path in once:
            check(window, path, width, dark, role)
        assert window.complaints == []


def check(window: Any, path: str, width: int, dark: bool, role: str) -> None:
    window.page.goto(path)
    assert window.page.locator("h1").count() == 1, path
    too_wide = window.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0, f"{path} is {too_wide}px too wide at {width}"
    if SHOTS:
        name = f"{role}{shape(path).replace('/', '-').replace('*', 'x')}-{width}{'-dark' if dark else ''}.png"
        window.page.screenshot(path=str(Path(SHOTS) / name), full_page=True)
    if path.startswith("/docs"):
        return  # Swagger UI's own markup is not ours to mend
    results = Axe().run(window.page)
    assert results.violations_count == 0, f"{path} at {width}: {results.generate_report()}"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("path", ["/sign-in", "/forgotten", "/docs", "/mailbox", "/nowhere", "/reset/forged"])
def test_pages_for_visitors(visit: Any, path: str) -> None:
    for width, dark in ((1280, False), (390, True)):
        window = visit(width, dark)
        window.page.goto(path)
        assert window.page.locator("h1").count() == 1
        assert window.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        if path != "/docs":
            assert Axe().run(window.page).violations_count == 0
