"""The admins' portal: its blueprint, its overview, and the pages that other rooms put into it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, render_template

from billing import admin as ledger_pages
from billing.books import rules
from core import audit_views, clock
from core.identity.principal import NETWORK
from core.identity.sessions import only_for
from core.money import decimal_text
from marketplace import admin_figures, organisations_admin
from marketplace.admin_figures import DayFigures
from marketplace.leads import admin as lead_pages
from marketplace.leads.models import STATUSES
from marketplace.orders import admin as order_pages
from marketplace.sales import admin as sale_pages
from marketplace.verticals import admin as vertical_pages

pages = Blueprint("admin", __name__, url_prefix="/admin")
for room in (
    lead_pages, organisations_admin, vertical_pages, order_pages, sale_pages, ledger_pages, audit_views,
):  # fmt: skip
    room.add_pages(pages)


@pages.before_request
def door() -> None:
    """Only the network's members come in."""
    only_for(NETWORK)


@dataclass(frozen=True, slots=True)
class Month:
    """The sums of the overview's days."""

    received: int
    sold: int
    volume: int
    margin: int


@pages.get("/")
def overview() -> str:
    """The market today and over the last 30 days, what it holds, and what needs attention."""
    today = clock.now().date()
    days = admin_figures.figures_by_day(today)
    month = Month(*(sum(getattr(day, name) for day in days) for name in ("received", "sold", "volume", "margin")))
    return render_template(
        "admin/overview.html",
        today=days[-1],
        month=month,
        since=today - timedelta(days=admin_figures.DAYS - 1),
        standing=admin_figures.standing(today),
        labels=[f"{day.day:%b} {day.day.day}" for day in days],
        series=_chart(days),
        reasons=admin_figures.refusal_reasons(today),
        publishers=admin_figures.busiest_publishers(today),
        advertisers=admin_figures.biggest_advertisers(today),
        rules=list(rules()),
        findings=None,
    )


def _chart(days: list[DayFigures]) -> list[dict[str, Any]]:
    bars = [
        {"label": status.capitalize(), "colour": status, "data": [getattr(day, status) for day in days]}
        for status in STATUSES
    ]
    margin = [decimal_text(day.margin) for day in days]
    label = f"Margin ({current_app.config['FAIRLEAD'].currency})"
    return [*bars, {"label": label, "colour": "line", "kind": "line", "axis": "right", "data": margin}]
