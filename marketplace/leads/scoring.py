"""A first score (0 to 100) and warmth, from what the lead itself tells. Pure; version `simple/1`.

It rewards being reachable, complete and ready, in the sense of the project's source articles (cold: gave contact
data once; warm: knows the offer; hot: asks to be called). A learned score is to replace it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.verticals.fields import Field, Value

VERSION = "simple/1"
WARM_FROM, HOT_FROM = 45, 70

# How ready visitors of a channel tend to be: those who searched or were referred came of themselves.
CHANNEL_POINTS = {
    "call": 20, "referral": 15, "word_of_mouth": 15, "organic": 12, "paid_search": 12, "email": 6, "affiliate": 5,
    "social": 4, "sms": 4, "display": 0, "other": 0,
}  # fmt: skip
READY = frozenset({"now", "today", "immediately", "this week", "within 30 days", "asap"})


@dataclass(frozen=True, slots=True)
class Score:
    """Points with the reason for each, and the warmth they amount to."""

    points: int
    warmth: str
    reasons: list[dict[str, Any]]


def score_lead(
    fields: Sequence[Field], values: Mapping[str, Value], channel: str | None, consented: bool, targeted: bool
) -> Score:
    """Score a verified lead by its normalised values."""
    given: list[tuple[str, str, int]] = []
    types = {field.type for field in fields if field.name in values}
    given.append(("phone", "can be called", 25 if "phone" in types else 0))
    given.append(("email", "can be written to", 10 if "email" in types else 0))
    optional = [field for field in fields if not field.required]
    if optional:
        share = len([field for field in optional if field.name in values]) / len(optional)
        given.append(("completeness", f"{share:.0%} of the optional fields filled in", round(20 * share)))
    given.append(
        (
            "channel",
            f"channel is {(channel or 'not known').replace('_', ' ')}",
            CHANNEL_POINTS.get(channel or "", 0),
        )
    )
    if any(isinstance(v, str) and v.casefold() in READY for v in values.values()):
        given.append(("timing", "wants to act soon", 20))
    given.append(("consent", "consent is documented", 10 if consented else 0))
    given.append(("offer", "answered one advertiser's offer", 15 if targeted else 0))
    reasons = [{"code": code, "message": message, "points": points} for code, message, points in given if points]
    points = min(100, sum(points for *_, points in given))
    return Score(points, warmth_of(points), reasons)


def warmth_of(points: int) -> str:
    """Cold, warm or hot."""
    return "hot" if points >= HOT_FROM else "warm" if points >= WARM_FROM else "cold"
