"""Delivery over real HTTP by the real worker: signed, retried with back-off, every attempt on record."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from core import clock
from core.database import db
from core.errors import Invalid
from core.ids import public_id
from core.jobs import run_worker
from marketplace.sales.delivery import BACK_OFF, send_again
from marketplace.sales.endpoints import create_endpoint, set_endpoint_status
from marketplace.sales.models import DeliveryAttempt, DeliveryEndpoint, Sale
from tests.market import Market, person
from tests.receiver import Receiver


def sell_to(market: Market, url: str, count: int = 1) -> tuple[DeliveryEndpoint, str]:
    advertiser = market.advertiser()
    endpoint, secret = create_endpoint(advertiser.id, "CRM", url)
    db.session.commit()
    market.order(advertiser, endpoint_id=endpoint.id)
    market.send(*(person() for _ in range(count)))
    return endpoint, secret


def work(app: Flask) -> None:
    db.session.rollback()
    run_worker(app, until_empty=True)
    db.session.expire_all()


def due_now() -> None:
    """Let waiting jobs be due, as if their time had come."""
    db.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))
    db.session.commit()


def attempts() -> list[DeliveryAttempt]:
    return list(db.session.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.number)))


def test_a_sale_is_delivered_whole_and_signed(market: Market, context: Flask) -> None:
    with Receiver() as crm:
        _, secret = sell_to(market, crm.url)
        sale = db.session.scalars(select(Sale)).one()
        assert sale.delivery == "pending"
        work(context)
        (got,) = crm.got
    assert sale.delivery == "delivered"
    told = json.loads(got.body)
    assert told["sale_id"] == got.headers["webhook-id"] == public_id("sale", sale.id)
    assert told["lead"]["phone"].startswith("+1") and told["lead"]["first_name"] == "Ada" and told["price"] == "10.00"
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    assert got.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    (attempt,) = attempts()
    assert (attempt.number, attempt.status, attempt.fault) == (1, 200, None)


def test_failures_are_tried_again_later_and_recorded(market: Market, context: Flask) -> None:
    with Receiver(plan=[500, 302]) as crm:
        sell_to(market, crm.url)
        work(context)
        assert db.session.scalars(select(Sale.delivery)).one() == "pending"
        waits = db.session.execute(
            text("SELECT scheduled_at FROM procrastinate_jobs WHERE status = 'todo'")
        ).scalar_one()
        assert timedelta(seconds=BACK_OFF[0] - 2) < waits - clock.now() <= timedelta(seconds=BACK_OFF[0])
        work(context)
        assert len(crm.got) == 1, "not before its time"
        for _ in range(2):
            due_now()
            work(context)
    assert [a.status for a in attempts()] == [500, 302, 200]
    assert db.session.scalars(select(Sale.delivery)).one() == "delivered"


def test_a_dead_endpoint_fails_in_the_end_and_may_be_sent_again(market: Market, context: Flask) -> None:
    with Receiver() as crm:
        url = crm.url
    sell_to(market, url)
    for _ in range(len(BACK_OFF) + 1):
        due_now()
        work(context)
    sale = db.session.scalars(select(Sale)).one()
    assert sale.delivery == "failed" and len(attempts()) == len(BACK_OFF) + 1
    assert {a.fault for a in attempts()} == {"ConnectionError"}
    send_again(sale)
    db.session.commit()
    work(context)
    assert len(attempts()) == len(BACK_OFF) + 2


def test_a_slow_receiver_times_out_and_others_are_delivered_beside_it(market: Market, context: Flask) -> None:
    with Receiver(stall=0.4) as crm:
        sell_to(market, crm.url, count=12)
        work(context)
        assert len(crm.got) == 12
    assert {s.delivery for s in db.session.scalars(select(Sale))} == {"delivered"}


def test_a_repeated_job_delivers_nothing_twice(market: Market, context: Flask) -> None:
    with Receiver() as crm:
        sell_to(market, crm.url)
        work(context)
        db.session.execute(text("UPDATE procrastinate_jobs SET status = 'todo'"))
        db.session.commit()
        work(context)
        assert len(crm.got) == 1


def test_a_disabled_endpoint_waits(market: Market, context: Flask) -> None:
    with Receiver() as crm:
        endpoint, _ = sell_to(market, crm.url)
        set_endpoint_status(endpoint, "disabled")
        db.session.commit()
        work(context)
        assert crm.got == [] and attempts()[0].fault == "the endpoint is disabled"
        set_endpoint_status(db.session.get_one(DeliveryEndpoint, endpoint.id), "active")
        due_now()
        work(context)
        assert len(crm.got) == 1


@pytest.mark.parametrize(
    "url", ["ftp://x/", "x", "http://", "http://a:b@example.com/", "http://[::1", "http://x:99999/"]
)
def test_what_is_no_address_is_refused(market: Market, url: str) -> None:
    with pytest.raises(Invalid):
        create_endpoint(market.advertiser().id, "CRM", url)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/"]
)
def test_in_production_only_public_https_is_called(url: str) -> None:
    from marketplace.sales.endpoints import AddressRefused, check_url

    check_url(url, private_allowed=True)
    with pytest.raises(AddressRefused):
        check_url(url, private_allowed=False)
