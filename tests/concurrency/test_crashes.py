"""SIGKILL of web, worker and PostgreSQL under load: what was answered is kept, sold once, delivered, and booked."""

import http.client
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.books import check
from core.database import db
from core.ids import parse_id, public_id
from marketplace.leads.models import Lead
from marketplace.sales.endpoints import create_endpoint
from marketplace.sales.models import Sale
from tests.market import Market, person
from tests.platform import Platform
from tests.receiver import Receiver

CLIENTS = 6


class Load(threading.Thread):
    """A publisher's system: posts leads one after the other, and sends again, under the same key, what got no answer."""

    def __init__(self, number: int, port: int, headers: dict[str, str]) -> None:
        super().__init__()
        self.number, self.port, self.headers = number, port, headers
        self.answers: dict[str, dict[str, Any]] = {}
        self.stop = threading.Event()
        self.troubles = 0

    def run(self) -> None:
        n = 0
        while not self.stop.is_set():
            n += 1
            self.post_until_answered(f"{self.number}-{n}", person(self.number * 100_000 + n))

    def post_until_answered(self, key: str, body: dict[str, Any]) -> None:
        headers = {**self.headers, "Idempotency-Key": key, "Content-Type": "application/json"}
        for _ in range(600):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("POST", "/v1/leads", json.dumps({"vertical": "auto", **body}), headers)
                answer = connection.getresponse()
                told = answer.read()
                if answer.status == 201:
                    self.answers[key] = json.loads(told)
                    return
                assert answer.status >= 500, told
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            self.troubles += 1
            time.sleep(0.1)
        raise AssertionError(f"{key} was never answered")


def build(platform: Platform, url: str) -> dict[str, str]:
    with platform.app.app_context():
        market = Market()
        for price in ("10", "8", "6"):
            advertiser = market.advertiser("5000000")
            endpoint, _ = create_endpoint(advertiser.id, "CRM", url)
            market.order(advertiser, price, endpoint_id=endpoint.id)
        return market.key(market.publisher)


def wait_for_answers(clients: list[Load], more: int) -> None:
    """Let the load run until so many more leads have been answered, however slow the machine is."""
    wanted = sum(len(client.answers) for client in clients) + more
    deadline = time.monotonic() + 90
    while sum(len(client.answers) for client in clients) < wanted:
        assert time.monotonic() < deadline and all(client.is_alive() for client in clients), "the load stands still"
        time.sleep(0.1)


def delivered(crm: Receiver) -> set[str]:
    return {got.headers["webhook-id"] for got in list(crm.got)}


@pytest.mark.slow
def test_nothing_answered_is_lost_when_everything_is_killed() -> None:
    directory = tempfile.TemporaryDirectory(prefix="fairlead-crash-")
    with directory, Receiver() as crm, Platform(Path(directory.name)) as platform:
        key = build(platform, crm.url)
        for name in ("web", "worker"):
            platform.start(name)
        clients = [Load(n, platform.port, key) for n in range(1, CLIENTS + 1)]
        for client in clients:
            client.start()
        for victim in ("web", "worker", "postgres", "web", "postgres"):
            wait_for_answers(clients, 20)
            platform.kill(victim)
            platform.start(victim)
        wait_for_answers(clients, 20)
        for client in clients:
            client.stop.set()
        for client in clients:
            client.join()
        assert platform.children["worker"].poll() is None, "the worker outlives a crash of the database"
        answers = {k: a for client in clients for k, a in client.answers.items()}
        verify(platform, crm, answers)
        assert sum(client.troubles for client in clients) > 0, "nothing was interrupted, so nothing is proven"


def verify(platform: Platform, crm: Receiver, answers: dict[str, dict[str, Any]]) -> None:
    assert len(answers) > 100
    with platform.app.app_context():
        db.engine.dispose()  # its connections died with the server
        stored = {lead_id: status for lead_id, status in db.session.execute(select(Lead.id, Lead.status))}
        for answer in answers.values():
            assert stored[parse_id("lead", answer["lead_id"])] == answer["status"] == "sold"
        assert len({answer["lead_id"] for answer in answers.values()}) == len(answers)
        # Every lead is another person, so one sold twice would show as a lead beyond those sent.
        assert len(stored) == len(answers)
        buyers = select(func.count()).select_from(Sale).group_by(Sale.lead_id)
        assert set(db.session.scalars(buyers)) == {2}
        sales = {public_id("sale", sale_id) for sale_id in db.session.scalars(select(Sale.id))}
        deadline = time.monotonic() + 90
        while not sales <= delivered(crm) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert sales - delivered(crm) == set()
        db.session.rollback()
        assert check() == []
        db.engine.dispose()
