"""Leads bought as CSV: one line per sale, one column for each field of the verticals in it."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

from flask import current_app
from sqlalchemy import Select

from core.database import db
from core.ids import public_id
from core.money import decimal_text
from marketplace.leads.person import full_values
from marketplace.sales.contacts import shown
from marketplace.sales.models import Sale
from marketplace.verticals.models import VerticalVersion

COLUMNS = (
    "sale_id", "bought_at", "vertical", "order_id", "order", "order_revision", "price", "currency", "delivery",
    "lead_id", "score", "warmth", "channel",
)  # fmt: skip
# A spreadsheet takes a text that begins so for a formula, and would carry it out.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES_AT_ONCE = 200


def field_names(versions: Sequence[VerticalVersion]) -> list[str]:
    """The fields of these versions of verticals, each once, in their order."""
    return list(dict.fromkeys(stored["name"] for version in versions for stored in version.fields))


def csv_lines(sales: Select[Any], names: Sequence[str]) -> Iterator[str]:
    """The file's text, piece by piece, as the sales are read; the fields in `names` become columns.

    Nothing is read before the first piece is asked for: a stream starts when its request's session is closed.
    """
    # A vertical's field may be called like a column of ours.
    titles = [f"lead_{name}" if name in COLUMNS else name for name in names]
    currency = current_app.config["FAIRLEAD"].currency
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*COLUMNS, *titles])
    found = db.session.scalars(sales.execution_options(yield_per=_LINES_AT_ONCE))
    for number, sale in enumerate(found, 1):
        values = full_values(sale.lead)
        cells = [*_own_cells(sale, currency), *(values.get(name, "") for name in names)]
        writer.writerow([safe(cell) for cell in cells])
        if number % _LINES_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _own_cells(sale: Sale, currency: str) -> list[Any]:
    lead = sale.lead
    return [
        public_id("sale", sale.id),
        sale.sold_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        lead.vertical_version.vertical.slug,
        public_id("order", sale.order_id),
        sale.revision.name,
        sale.revision.number,
        decimal_text(sale.price),
        currency,
        sale.delivery,
        public_id("lead", lead.id),
        lead.score,
        lead.warmth,
        lead.channel or "",
    ]


def safe(cell: Any) -> Any:
    """The cell as a spreadsheet will show and not carry out; numbers stay numbers."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        text = shown(cell)
        return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
    return cell
