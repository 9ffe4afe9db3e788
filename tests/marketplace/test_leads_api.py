"""The leads API through HTTP: what it takes, what it answers, what it refuses."""

import itertools
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.database import db
from core.errors import FieldError
from core.identity.accounts import set_status
from core.identity.api_keys import keys_of, revoke_key
from marketplace.leads.models import Lead
from marketplace.leads.receipts import ReceiptSigner
from tests.market import Market, person


@pytest.fixture
def key(market: Market) -> dict[str, str]:
    market.order(market.advertiser())
    return market.key(market.publisher)


def body(**values: Any) -> dict[str, Any]:
    return {"vertical": "auto", **person(**values)}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    told: dict[str, Any] = response.json
    assert (told["status"], told["code"]) == (status, code)
    return told


def test_a_lead_is_posted_and_looked_up(client: FlaskClient, key: dict[str, str]) -> None:
    answer = client.post("/v1/leads", json=body(sub1="a", channel="SEO"), headers=key)
    assert answer.status_code == 201
    told = answer.json
    assert told["status"] == "sold" and told["payout"] == "6.00" and told["currency"] == "USD"
    assert told["elapsed_ms"] > 0 and told["status_url"].endswith(told["lead_id"])
    found = client.get(f"/v1/leads/{told['lead_id']}", headers=key).json
    assert (found["status"], found["channel"], found["tracking"]) == (
        "sold",
        "organic",
        {"sub1": "a", "channel": "SEO"},
    )
    assert "phone" not in json.dumps(found["attributes"])


def test_a_receipt_proves_the_submission(client: FlaskClient, key: dict[str, str], market: Market) -> None:
    told = client.post("/v1/leads", json=body(), headers=key).json
    signer: ReceiptSigner = client.application.extensions["receipts"]
    payload = signer.verify(told["receipt"])
    assert payload is not None
    assert (payload["lead"], payload["status"], payload["payout"]) == (told["lead_id"], "sold", "6.00")
    assert signer.verify(told["receipt"][:-2]) is None
    assert ReceiptSigner(bytes(32)).verify(told["receipt"]) is None
    assert client.get("/v1/receipts/key", headers=key).json["public_key"] == signer.public_key
    checked = client.post("/v1/receipts/verify", json={"receipt": told["receipt"]}, headers=key).json
    assert checked == {"valid": True, "payload": payload}


def test_forms_query_strings_and_aliases_are_read(client: FlaskClient, key: dict[str, str]) -> None:
    sent = body()
    sent["Phone_Number"], sent["postal_code"] = sent.pop("phone"), sent.pop("zip")
    sent |= {"s1": "x", "lp_s2": "y", "SubId3": "z", "trustedform": "https://cert.example.com/1"}
    form = client.post("/v1/leads", data=sent, headers=key)
    assert form.json["status"] == "sold"
    found = client.get(f"/v1/leads/{form.json['lead_id']}", headers=key).json
    assert {"sub1": "x", "sub2": "y", "sub3": "z", "consent": "https://cert.example.com/1"}.items() <= found[
        "tracking"
    ].items()
    query = client.post("/v1/leads", query_string=body(), headers=key)
    assert query.json["status"] == "sold"
    nested = client.post("/v1/leads", json={"vertical": "auto", "fields": person()}, headers=key)
    assert nested.json["status"] == "sold"


def test_a_request_that_cannot_be_read_names_every_fault(client: FlaskClient, key: dict[str, str]) -> None:
    told = problem(
        client.post("/v1/leads", json={"vertical": "boats", "offer_id": "x", "sub1": ["a"]}, headers=key),
        422,
        "invalid",
    )
    assert {e["field"]: e["code"] for e in told["errors"]} == {
        "sub1": "type",
        "offer_id": "unknown",
        "vertical": "unknown",
    }
    assert next(e for e in told["errors"] if e["field"] == "vertical")["allowed"] == ["auto"]
    for text in (b"{", b"[1]", b'"x"', b"null", b'{"a": NaN}', b"[" * 5000):
        problem(client.post("/v1/leads", data=text, content_type="application/json", headers=key), 422, "invalid")


ODD = ["\x00", "a\x00b", "\ud800", "x" * 3000, {"a": 1}, [1], True, 1e308, -5, "💥", "' OR 1=1 --", "<script>", 10**400]
FIELDS = ["phone", "first_name", "zip", "age", "job", "sub1", "unheard_of", "renewal", "source", "vertical", "offer_id"]


def test_no_value_breaks_it(client: FlaskClient, key: dict[str, str]) -> None:
    for field, value in itertools.product(FIELDS, ODD):
        sent = json.dumps(body(**{field: value}))
        answer = client.post("/v1/leads", data=sent, content_type="application/json", headers=key)
        assert answer.status_code in (201, 422), (field, value, answer.text)


def test_keys_are_needed_and_end_at_once(client: FlaskClient, key: dict[str, str], market: Market) -> None:
    problem(client.post("/v1/leads", json=body()), 401, "unauthenticated")
    problem(
        client.post("/v1/leads", json=body(), headers={"Authorization": "Bearer fl_live_x"}), 401, "unauthenticated"
    )
    advertiser = market.key(market.organisation("advertiser"))
    problem(client.post("/v1/leads", json=body(), headers=advertiser), 403, "forbidden")
    assert client.post("/v1/leads", json=body(), headers=key).status_code == 201
    set_status(market.publisher, "suspended")
    db.session.commit()
    problem(client.post("/v1/leads", json=body(), headers=key), 401, "unauthenticated")
    set_status(market.publisher, "active")
    db.session.commit()
    assert client.post("/v1/leads", json=body(), headers=key).status_code == 201
    revoke_key(market.publisher_id, keys_of(market.publisher_id)[0].id)
    db.session.commit()
    problem(client.post("/v1/leads", json=body(), headers=key), 401, "unauthenticated")


def test_a_lead_belongs_to_its_publisher(client: FlaskClient, key: dict[str, str], market: Market) -> None:
    name = client.post("/v1/leads", json=body(), headers=key).json["lead_id"]
    other = market.key(market.organisation("publisher"))
    buyer = market.key(market.organisation("advertiser"))
    admin = market.key(market.organisation("network"))
    problem(client.get(f"/v1/leads/{name}", headers=other), 404, "not_found")
    problem(client.get(f"/v1/leads/{name}", headers=buyer), 403, "forbidden")
    assert client.get(f"/v1/leads/{name}", headers=admin).json["id"] == name
    assert client.get("/v1/leads", headers=other).json["data"] == []
    problem(client.get("/v1/leads/lead_x", headers=key), 404, "not_found")


def test_an_idempotency_key_replays_and_refuses_another_body(client: FlaskClient, key: dict[str, str]) -> None:
    sent, headers = body(), {**key, "Idempotency-Key": "abc"}
    first = client.post("/v1/leads", json=sent, headers=headers)
    again = client.post("/v1/leads", json=sent, headers=headers)
    assert first.json["lead_id"] == again.json["lead_id"] and again.json["status"] == "sold"
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    problem(client.post("/v1/leads", json=body(), headers=headers), 409, "idempotency_key_reused")
    problem(client.post("/v1/leads", json=sent, headers={**key, "Idempotency-Key": "x" * 300}), 422, "invalid")
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 1


def test_a_batch_answers_line_by_line(client: FlaskClient, key: dict[str, str]) -> None:
    lines = [body(), person(), body(phone="x"), 7, body(sub1=["x"])]
    told = client.post("/v1/leads/batch", json=lines, headers=key).json
    assert [line["line"] for line in told["data"]] == [0, 1, 2, 3, 4]
    assert [line["status"] for line in told["data"]] == ["sold", "malformed", "rejected", "malformed", "malformed"]
    assert told["summary"] == {"sold": 1, "malformed": 3, "rejected": 1}
    assert told["data"][1]["errors"][0]["field"] == "vertical"


def test_ndjson_with_a_vertical_for_all(client: FlaskClient, key: dict[str, str]) -> None:
    text = "\n".join([json.dumps(person()), "{broken", "", json.dumps(person())])
    answer = client.post("/v1/leads/batch?vertical=auto", data=text, content_type="application/x-ndjson", headers=key)
    assert answer.mimetype == "application/x-ndjson"
    statuses = [json.loads(line)["status"] for line in answer.text.splitlines()]
    assert statuses == ["sold", "malformed", "sold"]


def test_a_batch_sent_again_under_its_key_changes_nothing(client: FlaskClient, key: dict[str, str]) -> None:
    lines, headers = [body() for _ in range(600)], {**key, "Idempotency-Key": "batch"}
    first = client.post("/v1/leads/batch", json=lines, headers=headers).json
    again = client.post("/v1/leads/batch", json=lines, headers=headers).json
    assert [a["lead_id"] for a in first["data"]] == [a["lead_id"] for a in again["data"]]
    assert first["summary"] == again["summary"] == {"sold": 600}
    problem(client.post("/v1/leads/batch", json=lines[1:], headers=headers), 409, "idempotency_key_reused")


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"x", b"[" + b"1," * 10_000 + b"1]"])
def test_what_is_no_batch_is_refused(client: FlaskClient, key: dict[str, str], text: bytes) -> None:
    problem(client.post("/v1/leads/batch", data=text, content_type="application/json", headers=key), 422, "invalid")


def test_lists_turn_pages(client: FlaskClient, key: dict[str, str]) -> None:
    client.post("/v1/leads/batch", json=[body() for _ in range(5)] + [body(phone="x")], headers=key)
    seen, cursor = [], None
    while True:
        page = client.get(
            "/v1/leads", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}, headers=key
        ).json
        seen += [lead["id"] for lead in page["data"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert len(seen) == len(set(seen)) == 6 and seen == sorted(seen, reverse=True)
    assert len(client.get("/v1/leads?status=rejected", headers=key).json["data"]) == 1
    for wrong in ("limit=0", "limit=x", "limit=501", "cursor=zzz", "status=gone"):
        problem(client.get(f"/v1/leads?{wrong}", headers=key), 422, "invalid")


def test_other_paths_and_methods_answer_in_json_too(client: FlaskClient, key: dict[str, str]) -> None:
    problem(client.get("/v1/nothing", headers=key), 404, "not_found")
    problem(client.delete("/v1/leads", headers=key), 405, "method_not_allowed")
    assert FieldError("a", "b", "c").as_dict() == {"field": "a", "code": "b", "message": "c"}
