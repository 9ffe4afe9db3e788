"""The orders, sales and money API: an advertiser's own, validated whole, revised and not overwritten."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.audit import AuditEvent
from core.database import db
from core.identity.models import Organisation
from marketplace.orders.models import OrderRevision
from tests.market import Market, person

ORDER = {"vertical": "auto", "name": "Pilots", "price": "12.50", "filter": {"all": [{"field": "job", "in": ["PILOT"]}]}}


@pytest.fixture
def advertiser(market: Market) -> Organisation:
    return market.advertiser("100")


@pytest.fixture
def key(market: Market, advertiser: Organisation) -> dict[str, str]:
    return market.key(advertiser)


def test_an_order_is_created_buys_and_is_looked_up(client: FlaskClient, key: dict[str, str], market: Market) -> None:
    made = client.post("/v1/orders", json={**ORDER, "day_leads_cap": 5, "day_spend_cap": "50.00"}, headers=key)
    assert made.status_code == 201, made.text
    assert made.json["filter"] == {"all": [{"field": "job", "in": ["pilot"]}]} and made.json["revision"] == 1
    assert market.send(person())[0]["status"] == "sold"
    found = client.get(f"/v1/orders/{made.json['id']}", headers=key).json
    assert found["used"] == {"day_leads": 1, "day_spend": "12.50", "total_leads": 1, "total_spend": "12.50"}
    (sale,) = client.get("/v1/sales", headers=key).json["data"]
    assert sale["lead"]["first_name"] == "Ada" and sale["price"] == "12.50" and sale["order_id"] == made.json["id"]
    assert client.get(f"/v1/sales/{sale['id']}", headers=key).json == sale
    assert client.get("/v1/wallet", headers=key).json["available"] == "87.50"
    kinds = [j["kind"] for j in client.get("/v1/journals", headers=key).json["data"]]
    assert kinds == ["sale", "top_up"]
    assert client.get("/v1/journals", headers=market.key(market.publisher)).json["data"][0]["kind"] == "sale"


def test_a_change_is_a_new_revision_and_counts_at_once(
    client: FlaskClient, key: dict[str, str], market: Market
) -> None:
    name = client.post("/v1/orders", json=ORDER, headers=key).json["id"]
    changed = client.patch(f"/v1/orders/{name}", json={"price": "20.00", "status": "active"}, headers=key).json
    assert (changed["revision"], changed["price"], changed["name"]) == (2, "20.00", "Pilots")
    assert client.patch(f"/v1/orders/{name}", json={"price": "20.00"}, headers=key).json["revision"] == 2
    assert market.send(person())[0]["payout"] == "12.00"
    assert [r.price for r in db.session.scalars(select(OrderRevision).order_by(OrderRevision.number))] == [
        12_500_000,
        20_000_000,
    ]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "order.revised")).one()
    assert (event.before["price"], event.after["price"]) == ("12.50", "20.00")
    client.patch(f"/v1/orders/{name}", json={"status": "paused"}, headers=key)
    assert market.send(person())[0]["status"] == "held"
    assert client.patch(f"/v1/orders/{name}", json={"status": "closed"}, headers=key).json["status"] == "closed"
    assert client.patch(f"/v1/orders/{name}", json={"status": "active"}, headers=key).status_code == 409
    assert client.patch(f"/v1/orders/{name}", json={"price": "1.00"}, headers=key).status_code == 409


def test_every_fault_of_an_order_is_named(client: FlaskClient, key: dict[str, str]) -> None:
    wrong: dict[str, Any] = {
        "vertical": "auto", "name": "", "price": "0.00", "day_leads_cap": 0, "endpoint_id": None,
        "filter": {"all": [{"field": "nose", "in": ["x"]}, {"field": "job", "in": ["king"]}, {"field": "age", "min": "x"},
                           {"field": "job", "min": 1}, {"field": "age", "min": 50, "max": 20}, {"field": "phone", "in": ["1"]},
                           {"field": "state"}, 7]},
    }  # fmt: skip
    told = client.post("/v1/orders", json=wrong, headers=key)
    assert told.status_code == 422
    assert {error["field"] for error in told.json["errors"]} == {
        "filter.all.0.field", "filter.all.1.in.0", "filter.all.2.min", "filter.all.3", "filter.all.4.max",
        "filter.all.5.field", "filter.all.6", "filter.all.7.field", "name", "price", "day_leads_cap",
    }  # fmt: skip
    typed = client.post("/v1/orders", json={"vertical": 1, "price": 5, "filter": [], "what": 1}, headers=key)
    assert {error["field"] for error in typed.json["errors"]} == {"vertical", "name", "price", "filter", "what"}
    unknown = client.post("/v1/orders", json={**ORDER, "vertical": "boats"}, headers=key)
    assert [error["field"] for error in unknown.json["errors"]] == ["vertical"]


def test_an_order_belongs_to_its_advertiser(client: FlaskClient, key: dict[str, str], market: Market) -> None:
    name = client.post("/v1/orders", json=ORDER, headers=key).json["id"]
    market.send(person())
    (sale,) = client.get("/v1/sales", headers=key).json["data"]
    other = market.key(market.organisation("advertiser"))
    for call in (client.get, client.patch):
        assert call(f"/v1/orders/{name}", json={}, headers=other).status_code == 404
    assert client.get(f"/v1/sales/{sale['id']}", headers=other).status_code == 404
    assert client.get("/v1/orders", headers=other).json["data"] == []
    publisher = market.key(market.publisher)
    assert client.get("/v1/orders", headers=publisher).status_code == 403
    assert client.get("/v1/sales", headers=publisher).status_code == 403
    admin = market.key(market.organisation("network"))
    seen = client.get(f"/v1/sales/{sale['id']}", headers=admin).json["lead"]
    assert "phone" not in seen and seen["job"] == "pilot"


def test_a_key_makes_an_order_once(client: FlaskClient, key: dict[str, str]) -> None:
    headers = {**key, "Idempotency-Key": "one"}
    first, again = (client.post("/v1/orders", json=ORDER, headers=headers) for _ in range(2))
    assert first.json == again.json and again.headers["Idempotency-Replayed"] == "true"
    assert client.post("/v1/orders", json={**ORDER, "name": "x"}, headers=headers).status_code == 409
    assert len(client.get("/v1/orders", headers=key).json["data"]) == 1


def test_verticals_say_what_can_be_posted(client: FlaskClient, key: dict[str, str]) -> None:
    (auto,) = client.get("/v1/verticals", headers=key).json["data"]
    fields = {field["name"]: field for field in auto["fields"]}
    assert fields["job"]["accepts"] == ["clerk", "pilot", "retired"] and fields["phone"]["aliases"] == ["phone_number"]
