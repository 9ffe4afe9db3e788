"""What all pages share: formats, security headers, navigation, and lists that filter, sort and turn pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, request
from flask_login import current_user
from sqlalchemy import ColumnElement, Select
from werkzeug.datastructures import MultiDict

from core import money
from core.database import db
from core.ids import public_id

PAGE_SIZE = 50
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


def register_pages(app: Flask) -> None:
    """Template filters and the headers of every answer."""
    app.jinja_env.filters["money"] = money.shown
    app.jinja_env.filters["when"] = when
    app.jinja_env.filters["ago"] = ago
    app.jinja_env.filters["words"] = lambda name: name.replace("_", " ")
    app.jinja_env.globals["public_id"] = public_id
    app.jinja_env.globals["with_args"] = with_args
    app.jinja_env.globals["has_endpoint"] = has_endpoint
    app.jinja_env.globals["currency"] = app.config["FAIRLEAD"].currency
    app.context_processor(lambda: {"member": current_user if current_user and current_user.is_authenticated else None})

    @app.before_request
    def readable() -> None:
        # PostgreSQL stores no NUL, and no page has a use for one. The API says so field by field.
        given = [] if request.path.startswith("/v1/") else request.values.items(multi=True)
        if any("\x00" in text for _, text in given):
            abort(400, "The request holds a character that no text has.")

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if response.mimetype == "text/html":
            response.headers["Content-Security-Policy"] = _POLICY
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def has_endpoint(name: str) -> bool:
    """Whether the application has that page, so that navigation shows only what is there."""
    return name in current_app.view_functions


def when(moment: datetime | None) -> str:
    """A moment as pages show it: UTC, to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else "–"


def ago(moment: datetime) -> str:
    """How long ago, in one unit."""
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{seconds // size} {unit}{'s' if seconds // size > 1 else ''} ago"
    return "just now"


def with_args(**changes: Any) -> str:
    """The current address's query with some arguments changed (None takes one away), for links in lists."""
    kept: MultiDict[str, Any] = MultiDict(request.args)
    for name, value in changes.items():
        kept.poplist(name)
        if value is not None:
            kept[name] = str(value)
    return "?" + urlencode(list(kept.items(multi=True)))


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: its rows, how it is sorted, and whether there are pages before and after."""

    rows: Sequence[Any]
    sort: str
    descending: bool
    page: int
    has_more: bool


def listing(
    query: Select[*tuple[Any, ...]], sorts: Mapping[str, ColumnElement[Any]], default: str, scalars: bool = True
) -> Listing:
    """The page of `query` that the request's `sort` and `page` ask for; `-` before a sort's name means descending.

    `default` is used for anything else, so that no address breaks the page.
    """
    asked = request.args.get("sort", default)
    if asked.removeprefix("-") not in sorts:
        asked = default
    name, descending = asked.removeprefix("-"), asked.startswith("-")
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    column = sorts[name]
    query = query.order_by(column.desc() if descending else column.asc())
    found = db.session.execute(query.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE))
    rows: Sequence[Any] = found.scalars().all() if scalars else found.all()
    return Listing(rows[:PAGE_SIZE], name, descending, page, len(rows) > PAGE_SIZE)
