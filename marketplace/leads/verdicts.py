"""Verdicts: the reasons for what became of a lead, and the answer a publisher gets. Pure.

Publishers are told how many orders matched and why none bought, never whose they are or what they pay others.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ids import public_id
from core.money import share
from marketplace.leads.allocation import RULE
from marketplace.leads.selling import Outcome
from marketplace.market import Market
from marketplace.matching import BookedOrder

REASONS_OF_REFUSAL = {
    "not_active": "were paused meanwhile",
    "revised": "were changed at this very moment",
    "bought_already": "belong to an advertiser who bought it already",
    "day_leads_cap": "have all the leads they take today",
    "day_spend_cap": "have spent their budget for today",
    "total_leads_cap": "have all the leads they take",
    "total_spend_cap": "have spent their whole budget",
    "no_funds": "have no money left",
}


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """How one sale's price is divided, in micros."""

    order: BookedOrder
    commission: int
    margin: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a submission: HTTP status and JSON text. `replayed` where it was given before."""

    http_status: int
    text: str
    replayed: bool = False

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON as a value."""
        value: dict[str, Any] = json.loads(self.text)
        return value


def divide(outcome: Outcome, market: Market) -> list[SaleTerms]:
    """Each sale of a lead with the publisher's share and the platform's margin."""
    publisher = market.publishers[outcome.lead.submission.publisher_id]
    terms = []
    for order in outcome.buyers:
        commission = share(order.price, publisher.share_bps)
        terms.append(SaleTerms(order, commission, order.price - commission))
    return terms


def reasons_for(outcome: Outcome) -> list[dict[str, Any]]:
    """Every reason for the outcome, as stored with the lead and shown to its publisher."""
    status = outcome.status
    if status == "rejected":
        return [reason.as_dict() for reason in outcome.lead.verified.reasons]
    if status == "duplicate":
        days = outcome.lead.submission.vertical.window_days
        return [{"code": "duplicate", "message": f"This phone or e-mail was submitted within the last {days} days"}]
    if status == "sold":
        count = len(outcome.buyers)
        if outcome.lead.submission.test:
            said = f"Would sell to {count} advertiser{'s' if count > 1 else ''}; with a test key nothing is sold"
            return [{"code": "test", "message": said}]
        return [{"code": "sold", "message": f"Sold to {count} advertiser{'s' if count > 1 else ''}"}]
    if outcome.matched == 0:
        return [{"code": "non_targeted", "message": "No advertiser has an order for a lead like this at the moment"}]
    tally = Counter(why for _, why in outcome.seen)
    closed = outcome.matched - sum(tally.values())
    reasons = [
        {"code": why, "message": f"{count} matching order{'s' if count > 1 else ''} {REASONS_OF_REFUSAL[why]}"}
        for why, count in sorted(tally.items())
    ]
    if closed:
        said = f"{closed} matching order{'s' if closed > 1 else ''} had used up caps or money before"
        reasons.append({"code": "closed", "message": said})
    return reasons


def decision_record(outcome: Outcome, market: Market, at: datetime) -> dict[str, Any] | None:
    """What the allocation saw, for replay: rule, moment, market version, candidates with price and result."""
    if outcome.status not in ("sold", "held"):
        return None
    return {
        "rule": RULE,
        "at": at.isoformat(),
        "market": list(market.seen),
        "matched": outcome.matched,
        "seen": [[order.revision_id.hex, order.price, why] for order, why in outcome.seen],
    }


def answer_for(outcome: Outcome, payout: str, currency: str, receipt: str, base_url: str, test: bool) -> dict[str, Any]:
    """The JSON of DESIGN's public contract for one lead (`elapsed_ms` is added when it is sent)."""
    lead = outcome.lead
    name = public_id("lead", lead.id)
    answer = {
        "lead_id": name,
        "status": outcome.status,
        "reasons": reasons_for(outcome),
        "score": lead.score.points,
        "warmth": lead.score.warmth,
        "payout": payout,
        "currency": currency,
        "buyers": len(outcome.buyers),
        "receipt": receipt,
        "status_url": f"{base_url}/v1/leads/{name}",
        "test": test,
    }
    if lead.submission.unknown:
        answer["unknown_fields"] = sorted(map(str, lead.submission.unknown))[:50]
    return answer
