"""What the API's rooms share: the flask-smorest application, cursor pages, money and moments as JSON."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Flask, request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, Select

from core.database import db
from core.errors import FieldError, Invalid
from core.ids import parse_id, public_id

MOST_ROWS = 500
DESCRIPTION = """
Fairlead's API. Keys belong to an organisation and are sent as `Authorization: Bearer <key>`. Money is a decimal
string with a currency, times are RFC 3339 in UTC, lists are cursor pages. Every POST takes an `Idempotency-Key`.
Errors are RFC 9457 problem documents that list every bad field at once.
"""


class Problem(Schema):
    """An RFC 9457 problem document."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable, for programs"})
    detail = fields.String()
    errors = fields.List(fields.Dict(), metadata={"description": "every bad field: field, code, message, allowed"})


class _Api(Api):
    """flask-smorest without its own error pages: core/errors.py answers every error in one way."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        pass


def register_api(app: Flask, *rooms: Blueprint) -> None:
    """Serve the rooms' calls, and the OpenAPI document at /openapi.json."""
    app.config.update(
        API_TITLE="Fairlead",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = _Api(app, spec_kwargs={"info": {"description": DESCRIPTION}, "security": [{"key": []}]})
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for room in rooms:
        api.register_blueprint(room)


def rfc3339(moment: datetime) -> str:
    """The moment as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cursor_page(
    query: Select[Any], column: ColumnElement[UUID], kind: str, as_json: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """The page of `query`, newest first, that the request's `cursor` and `limit` ask for.

    `column` is the time-ordered id, of that `kind`. Raises Invalid for a cursor or limit out of form.
    """
    limit, wrong = request.args.get("limit", 100, type=int), []
    if not 1 <= limit <= MOST_ROWS or not request.args.get("limit", "1").isdigit():
        wrong.append(FieldError("limit", "range", "must be a whole number", {"minimum": 1, "maximum": MOST_ROWS}))
    if given := request.args.get("cursor"):
        after = parse_id(kind, given)
        if after is None:
            wrong.append(FieldError("cursor", "form", "must be the next_cursor of an earlier page"))
        else:
            query = query.where(column < after)
    if wrong:
        raise Invalid(errors=wrong)
    rows = list(db.session.scalars(query.order_by(column.desc()).limit(limit + 1)).unique())
    more = len(rows) > limit
    data = [as_json(row) for row in rows[:limit]]
    last = public_id(kind, getattr(rows[limit - 1], column.key or "id")) if more else None
    return {"data": data, "has_more": more, "next_cursor": last}


def page_of(schema: type[Schema]) -> type[Schema]:
    """The schema of a cursor page of `schema`, for the OpenAPI document."""
    name = f"{schema.__name__.removesuffix('Schema')}Page"
    inside: Any = {
        "data": fields.List(fields.Nested(schema)),
        "has_more": fields.Boolean(),
        "next_cursor": fields.String(allow_none=True),
    }
    return type(name, (Schema,), inside)


CURSOR_PARAMETERS = [
    {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": 100}},
    {"in": "query", "name": "cursor", "schema": {"type": "string"}, "description": "next_cursor of the page before"},
]
IDEMPOTENCY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key and body replays the stored answer; the same key with another body is 409.",
}
