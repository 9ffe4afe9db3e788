"""Errors that people and programs see: one family, one place that turns them into an answer.

Problem documents follow RFC 9457, with a stable `code` and every bad field at once.
"""

import logging
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, json, render_template, request
from werkzeug.exceptions import HTTPException

from core.database import db

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and what would be accepted there."""

    field: str
    code: str
    message: str
    allowed: Any = None

    def as_dict(self) -> dict[str, Any]:
        """The error as the API writes it; `allowed` only where there is something to say."""
        told = {"field": self.field, "code": self.code, "message": self.message}
        return told if self.allowed is None else {**told, "allowed": self.allowed}


class DomainError(Exception):
    """A refusal with its HTTP status and stable code; subclasses say which."""

    status = 400
    code = "bad_request"
    title = "The request cannot be carried out"

    def __init__(self, detail: str = "", errors: list[FieldError] | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors or []


class Invalid(DomainError):
    """Fields are missing or malformed; `errors` has every one."""

    status, code, title = 422, "invalid", "Some fields are missing or wrong"


class Unauthenticated(DomainError):
    """No valid credentials."""

    status, code, title = 401, "unauthenticated", "A valid API key is needed"


class Forbidden(DomainError):
    """Known, but not allowed."""

    status, code, title = 403, "forbidden", "This is not yours to do"


class NotFound(DomainError):
    """Not there, or not to be seen by the one who asks (the answer does not tell which)."""

    status, code, title = 404, "not_found", "There is no such thing here"


class Conflict(DomainError):
    """True in itself, but at odds with what is already recorded."""

    status, code, title = 409, "conflict", "This is at odds with what is already recorded"


def problem(status: int, code: str, title: str, detail: str = "", errors: list[FieldError] | None = None) -> Response:
    """An RFC 9457 problem document as a response."""
    body: dict[str, Any] = {"type": f"/docs#error-{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [error.as_dict() for error in errors]
    return Response(json.dumps(body), status, content_type="application/problem+json")


def speaks_json() -> bool:
    """Whether the asker is a program: the API's paths answer in JSON, all others in pages."""
    return request.path.startswith("/v1/") or request.path == "/openapi.json"


def flatten(messages: Any, path: str = "") -> list[FieldError]:
    """Marshmallow's nested messages as a flat list, each with the path of its field."""
    if isinstance(messages, dict):
        return [e for key, below in messages.items() for e in flatten(below, f"{path}.{key}" if path else str(key))]
    if isinstance(messages, list):
        return [e for message in messages for e in flatten(message, path)]
    return [FieldError(path.removeprefix("json.").removeprefix("query."), "invalid", str(messages))]


def _answer(status: int, code: str, title: str, detail: str, errors: list[FieldError]) -> Response:
    if speaks_json():
        return problem(status, code, title, detail, errors)
    page = render_template("error.html", status=status, title=title, detail=detail, errors=errors)
    return Response(page, status)


def register_error_handlers(app: Flask) -> None:
    """Answer every refusal and every fault: roll back first, then a problem document or a page."""

    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> Response:
        db.session.rollback()
        return _answer(error.status, error.code, error.title, error.detail, error.errors)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        db.session.rollback()
        if isinstance(getattr(error, "response", None), Response):
            return error.response  # type: ignore[return-value]
        messages = getattr(error, "data", {}).get("messages", {})  # webargs puts its findings here
        status = error.code or 500
        answer = _answer(status, _code(status), error.name, error.description or "", flatten(messages))
        retry = getattr(error, "retry_after", None) or dict(error.get_headers()).get("Retry-After")
        if retry or status == 429:
            answer.headers["Retry-After"] = str(retry or 1)
        return answer

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        db.session.rollback()
        log.exception("unexpected fault on %s %s", request.method, request.path)
        return _answer(500, "internal", "Something broke on our side", "It has been logged.", [])


def _code(status: int) -> str:
    known = {401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict", 422: "invalid"}
    known |= {405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type", 429: "rate_limited"}
    return known.get(status, "bad_request" if status < 500 else "internal")
