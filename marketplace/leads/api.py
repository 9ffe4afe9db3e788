"""The leads API: submit one, submit many, look one up."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Response, current_app, request
from flask_smorest import Blueprint

from core import clock, versions
from core.api import CURSOR_PARAMETERS, IDEMPOTENCY_PARAMETER, cursor_page, page_of, rfc3339
from core.database import db
from core.errors import DomainError, FieldError, Invalid
from core.idempotency import claim, key_of_request, request_hash
from core.identity.api_keys import checks_key_later, key_ring, sent_digest
from core.identity.principal import NETWORK, PUBLISHER, Principal, principal
from core.ids import parse_id, public_id
from core.money import decimal_text
from marketplace.access import lead_for, leads_of
from marketplace.leads.models import STATUSES, Lead
from marketplace.leads.pipeline import submit_all, submit_one
from marketplace.leads.schemas import LEAD_BODY, BatchSchema, LeadSchema, VerdictSchema
from marketplace.leads.submission import Submission, parse_submission
from marketplace.leads.verdicts import Verdict
from marketplace.market import Market, current_market

LARGEST_BATCH = 10_000

api = Blueprint("Leads", __name__, url_prefix="/v1", description="Leads: submit them, and learn what became of them")


@api.post("/leads")
@api.response(201, VerdictSchema)
@api.doc(
    summary="Submit one lead",
    parameters=[IDEMPOTENCY_PARAMETER],
    requestBody={
        "required": True,
        "content": {kind: {"schema": LEAD_BODY} for kind in ("application/json", "application/x-www-form-urlencoded")},
    },
)
@checks_key_later
def submit_lead() -> Response:
    """Verify, score, match and sell one lead; the answer says what became of it and why.

    422 is for a request that cannot be read; a lead that can be read but not used gets 201 with the verdict
    `rejected` and every reason. Fields may also come as a form or in the query string.
    """
    began = time.perf_counter()
    received_at, digest = clock.now(), sent_digest()
    try:
        principal(PUBLISHER)
        key, body = key_of_request(), _one_body()
    except DomainError:
        key_ring().find(digest, versions.current())  # whose key has ended is told that, and nothing else
        raise

    def read(counters: Mapping[str, int], market: Market) -> Submission:
        return _parse(body, key_ring().find(digest, counters), market, key, received_at)

    verdict = submit_one(read)
    headers = {"Idempotency-Replayed": "true"} if verdict.replayed else {}
    return Response(_timed(verdict, began), verdict.http_status, headers, content_type="application/json")


@api.post("/leads/batch")
@api.response(200, BatchSchema)
@api.doc(
    summary="Submit up to 10,000 leads",
    parameters=[
        IDEMPOTENCY_PARAMETER,
        {"in": "query", "name": "vertical", "schema": {"type": "string"}, "description": "for lines that name none"},
    ],
    requestBody={
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "array", "maxItems": LARGEST_BATCH, "items": LEAD_BODY}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "one JSON object a line"}},
        },
    },
)
def submit_batch() -> Response:
    """Submit a JSON array, or NDJSON with one lead a line; one verdict per line, in order, in the same format.

    A bad line never fails its neighbours. With an Idempotency-Key a batch that was cut off may be sent again:
    lines that were decided are answered from store, the others are carried out.
    """
    who, key = principal(PUBLISHER), key_of_request()
    lines, as_ndjson = _batch_lines()
    if key:
        claim(who.organisation_id, key, request_hash(request.path.encode(), request.query_string, request.get_data()))
        db.session.commit()
    verdicts = _carry_out(lines, who, key, request.args.get("vertical"))
    if as_ndjson:
        text = "".join(f"{line}\n" for line, _ in verdicts)
        return Response(text, 200, content_type="application/x-ndjson")
    done = list(verdicts)
    summary = json.dumps(Counter(status for _, status in done))
    data = ",".join(line for line, _ in done)
    return Response(f'{{"data": [{data}], "summary": {summary}}}', 200, content_type="application/json")


@api.get("/leads")
@api.response(200, page_of(LeadSchema))
@api.doc(
    summary="List leads",
    parameters=[
        *CURSOR_PARAMETERS,
        {"in": "query", "name": "status", "schema": {"type": "string", "enum": list(STATUSES)}},
    ],
)
def list_leads() -> dict[str, Any]:
    """Your leads, newest first; an admin's key lists all."""
    query = leads_of(principal(PUBLISHER, NETWORK))
    if status := request.args.get("status"):
        if status not in STATUSES:
            raise Invalid(errors=[FieldError("status", "choice", "must be one of the accepted values", list(STATUSES))])
        query = query.where(Lead.status == status)
    return cursor_page(query, Lead.id, "lead", _as_json)  # type: ignore[arg-type]


@api.get("/leads/<lead_id>")
@api.response(200, LeadSchema)
@api.doc(summary="Look up one lead")
def get_lead(lead_id: str) -> dict[str, Any]:
    """One lead with its verdict and reasons: for its publisher and for admins."""
    return _as_json(lead_for(principal(PUBLISHER, NETWORK), parse_id("lead", lead_id)))


def _parse(body: Any, who: Principal, market: Market, key: str | None, received_at: datetime) -> Submission:
    return parse_submission(
        body, who.organisation_id, market.verticals, market.offer_verticals, received_at, who.test, key
    )


def _one_body() -> Any:
    """The fields sent, as JSON, form or query string (what is in the body wins)."""
    query = request.args.to_dict()
    if request.mimetype == "application/json" or (request.data and not request.form):
        body = _json(request.get_data(), "The body")
        return {**query, **body} if isinstance(body, dict) else body
    return {**query, **request.form.to_dict()}


def _json(text: bytes, what: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{what} is not JSON: {error}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _batch_lines() -> tuple[list[Any], bool]:
    """What was sent, line by line; a line that is not JSON stands there as the Invalid it caused."""
    as_ndjson = "ndjson" in request.mimetype or "jsonl" in request.mimetype
    if as_ndjson:
        lines: Any = [_line(text) for text in request.get_data().split(b"\n") if text.strip()]
    else:
        lines = _json(request.get_data(), "The body")
        if isinstance(lines, dict) and set(lines) == {"leads"}:
            lines = lines["leads"]
    if not isinstance(lines, list) or not 1 <= len(lines) <= LARGEST_BATCH:
        raise Invalid(f"A batch is a JSON array, or NDJSON lines, of 1 to {LARGEST_BATCH} leads.")
    return lines, as_ndjson


def _line(text: bytes) -> Any:
    try:
        return _json(text, "The line")
    except Invalid as error:
        return error


def _carry_out(lines: list[Any], who: Principal, key: str | None, vertical: str | None) -> Iterator[tuple[str, str]]:
    """Each line's answer as JSON text, with its status, chunk by chunk."""
    size = current_app.config["FAIRLEAD"].batch_size
    for start in range(0, len(lines), size):
        began = time.perf_counter()
        market = current_market()
        read: list[Submission | DomainError] = []
        for number, body in enumerate(lines[start : start + size], start):
            read.append(_parse_line(body, who, market, f"{key}#{number}" if key else None, vertical))
        results = iter(submit_all([s for s in read if isinstance(s, Submission)], market))
        for number, submission in enumerate(read, start):
            result = submission if isinstance(submission, DomainError) else next(results)
            yield _line_answer(number, result, began)


def _parse_line(
    body: Any, who: Principal, market: Market, key: str | None, vertical: str | None
) -> Submission | DomainError:
    if isinstance(body, DomainError):
        return body
    if vertical and isinstance(body, dict):
        body = {"vertical": vertical, **body}
    try:
        return _parse(body, who, market, key, clock.now())
    except Invalid as error:
        return error


def _line_answer(number: int, result: Any, began: float) -> tuple[str, str]:
    if isinstance(result, Verdict):
        return f'{{"line": {number}, ' + _timed(result, began)[1:], result.answer["status"]
    if isinstance(result, DomainError):
        status = "malformed" if isinstance(result, Invalid) else result.code
        errors = [error.as_dict() for error in result.errors]
        told = {"line": number, "status": status, "code": result.code, "detail": str(result), "errors": errors}
        return json.dumps(told), status
    told = {"line": number, "status": "failed", "code": "internal", "detail": "This line failed; send it again."}
    return json.dumps(told), "failed"


def _timed(verdict: Verdict, began: float) -> str:
    """The answer's JSON with the milliseconds it took added as its last member."""
    elapsed = (time.perf_counter() - began) * 1000
    return f'{verdict.text[:-1]}, "elapsed_ms": {elapsed:.1f}}}'


def _as_json(lead: Lead) -> dict[str, Any]:
    return {
        "id": public_id("lead", lead.id),
        "vertical": lead.vertical_version.vertical.slug,
        "received_at": rfc3339(lead.received_at),
        "status": lead.status,
        "reasons": lead.reasons,
        "score": lead.score,
        "warmth": lead.warmth,
        "score_reasons": lead.score_reasons,
        "payout": decimal_text(lead.payout),
        "currency": current_app.config["FAIRLEAD"].currency,
        "channel": lead.channel,
        "tracking": lead.tracking,
        "attributes": lead.attributes,
        "test": lead.is_test,
    }
