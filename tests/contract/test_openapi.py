"""The API keeps its own OpenAPI document, whatever is sent (schemathesis makes the requests up)."""

from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.market import Market, person

CHECKS = [not_a_server_error, response_schema_conformance]
EXAMPLES = settings(
    max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
def test_every_call_answers_as_documented(market: Market, client: FlaskClient) -> None:
    """Requests made up from the document, right and wrong ones, by each role's key."""
    market.order(market.advertiser())
    market.send(person())
    keys = [
        market.key(o) for o in (market.publisher, market.organisation("advertiser"), market.organisation("network"))
    ]
    schema = schemathesis.openapi.from_wsgi("/openapi.json", client.application)
    called = []
    for result in schema.get_all_operations():
        operation = result.ok()
        called.append(operation.label)

        @EXAMPLES
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            for key in keys:
                answer = case.call(headers=key)
                case.validate_response(answer, checks=CHECKS)

        call()
    assert len(called) >= 12


def test_the_document_names_every_call_and_its_errors(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert {"/v1/leads", "/v1/leads/batch", "/v1/leads/{lead_id}", "/v1/orders", "/v1/sales", "/v1/wallet"} <= set(
        document["paths"]
    )
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            if method in ("get", "post", "patch"):
                assert call.get("summary"), f"{method} {path} has no summary"
                assert "default" in call["responses"], f"{method} {path} does not say how it fails"


def test_the_docs_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200 and "//cdn" not in page.text and "https://unpkg" not in page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
