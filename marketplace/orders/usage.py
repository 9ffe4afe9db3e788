"""What an order has used of its caps, whether it can buy now, and how its revisions differ. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core import money
from marketplace.orders.filters import in_words
from marketplace.orders.models import Order, OrderRevision
from marketplace.verticals.fields import Field


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one cap is used. Spend in micros; no `cap` where there is none."""

    label: str
    used: int
    cap: int | None
    is_money: bool

    @property
    def percent(self) -> int:
        """The used part in whole per cent, 100 at most."""
        return min(100, 100 * self.used // self.cap) if self.cap else 0


@dataclass(frozen=True, slots=True)
class Usage:
    """An order's use of all caps, and why it does not buy at present (empty where it does)."""

    day_leads: Use
    day_spend: Use
    total_leads: Use
    total_spend: Use
    obstacle: str

    @property
    def all(self) -> tuple[Use, Use, Use, Use]:
        """The four, today's first."""
        return self.day_leads, self.day_spend, self.total_leads, self.total_spend


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """A revision and what it changed, in words."""

    revision: OrderRevision
    changes: list[str]


def usage_of(order: Order, day: date, available: int) -> Usage:
    """The order's use on `day` (UTC), with `available` micros in the advertiser's wallet."""
    terms, today = order.revision, order.used_day == day
    used = (
        Use("Leads today", order.day_leads if today else 0, terms.day_leads_cap, False),
        Use("Spend today", order.day_spend if today else 0, terms.day_spend_cap, True),
        Use("Leads in total", order.total_leads, terms.total_leads_cap, False),
        Use("Spend in total", order.total_spend, terms.total_spend_cap, True),
    )
    return Usage(*used, obstacle=_obstacle(order, used, available))


def _obstacle(order: Order, used: tuple[Use, Use, Use, Use], available: int) -> str:
    """The first reason for which the next lead would not be bought, in the order the market checks them."""
    if order.status != "active":
        return "buys nothing until you activate it" if order.status == "paused" else "for good"
    said = (
        "has all the leads it takes today",
        "today's budget does not reach for another lead",
        "has all the leads it takes",
        "its budget does not reach for another lead",
    )
    for use, reason in zip(used, said, strict=True):
        step = order.revision.price if use.is_money else 1
        if use.cap is not None and use.used + step > use.cap:
            return reason
    return "" if available >= order.revision.price else "the wallet holds less than its price"


def history(
    revisions: Sequence[OrderRevision], fields: Sequence[Field], endpoints: Mapping[UUID, str]
) -> list[RevisionChange]:
    """What each revision changed, newest first; `revisions` come oldest first, `endpoints` by name."""
    told = []
    before: OrderRevision | None = None
    for revision in revisions:
        changes = ["Created"] if before is None else _changes(before, revision, fields, endpoints)
        told.append(RevisionChange(revision, changes))
        before = revision
    return told[::-1]


def _changes(
    old: OrderRevision, new: OrderRevision, fields: Sequence[Field], endpoints: Mapping[UUID, str]
) -> list[str]:
    def delivery(endpoint_id: UUID | None) -> str:
        return endpoints.get(endpoint_id, "an endpoint") if endpoint_id else "these pages only"

    def amount(micros: int | None) -> str:
        return "none" if micros is None else money.shown(micros)

    def count(number: int | None) -> str:
        return "none" if number is None else f"{number:,}"

    pairs = (
        ("Name", old.name, new.name),
        ("Price", amount(old.price), amount(new.price)),
        ("Leads per day", count(old.day_leads_cap), count(new.day_leads_cap)),
        ("Spend per day", amount(old.day_spend_cap), amount(new.day_spend_cap)),
        ("Leads in total", count(old.total_leads_cap), count(new.total_leads_cap)),
        ("Spend in total", amount(old.total_spend_cap), amount(new.total_spend_cap)),
        ("Delivery", delivery(old.endpoint_id), delivery(new.endpoint_id)),
    )
    changes = [f"{label}: {was} → {now}" for label, was, now in pairs if was != now]
    changes += _filter_changes(_by_field(old.filter, fields), _by_field(new.filter, fields))
    return changes or ["Filter: values in a long list changed" if old.filter != new.filter else "Nothing visible"]


def _by_field(stored: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, str]:
    """What the filter asks of each field, in words."""
    asked: dict[str, list[str]] = {}
    for condition in stored.get("all", ()):
        asked.setdefault(condition["field"], []).extend(in_words({"all": [condition]}, fields))
    return {name: " and ".join(words) for name, words in asked.items()}


def _filter_changes(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    changes = []
    for name in sorted({*was, *now}):
        if name not in was:
            changes.append(f"Filter: now also {now[name]}")
        elif name not in now:
            changes.append(f"Filter: no longer {was[name]}")
        elif was[name] != now[name]:
            changes.append(f"Filter: {was[name]} → {now[name]}")
    return changes
