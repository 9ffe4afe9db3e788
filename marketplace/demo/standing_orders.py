"""The demo's standing orders and offers: what each advertiser buys, for how much, under which caps."""

from dataclasses import dataclass
from typing import Any

from marketplace.demo.cast import DEMO_ADVERTISER as HARBORLINE
from marketplace.demo.verticals import AUTO, BANK, MORTGAGE

SENTRY, HERON, PLAINFIELD, TRI = (
    "Sentry Hill Insurance", "Blue Heron Auto", "Plainfield Mutual", "Tri-County Coverage",
)  # fmt: skip
COBALT, GRANITE, VETERANS, CORNERSTONE = (
    "Cobalt Lending", "Granite State Home Loans", "Veterans First Mortgage", "Cornerstone Refinance",
)  # fmt: skip
MERIDIAN, OLD_MILL, KESTREL = "Meridian Savings Bank", "Old Mill Credit Union", "Kestrel Direct"

WEST = ("CA", "OR", "WA", "NV", "AZ", "UT", "ID")
SOUTHEAST = ("FL", "GA", "NC", "SC", "AL", "TN", "VA")
NORTHEAST = ("NY", "NJ", "PA", "MA", "CT", "NH", "ME", "VT", "RI")
MIDWEST = ("IL", "OH", "MI", "IN", "WI", "MN", "MO", "IA", "KS", "NE")
BIG_FOUR = ("CA", "TX", "FL", "NY")
SOON = ("today", "this week", "within 30 days")
WHITE_COLLAR = ("admin.", "management", "technician", "entrepreneur", "self-employed")

Condition = dict[str, Any]


def one_of(name: str, *values: str) -> Condition:
    """The field is one of these values."""
    return {"field": name, "in": list(values)}


def none_of(name: str, *values: str) -> Condition:
    """The field is none of these values."""
    return {"field": name, "not_in": list(values)}


def least(name: str, low: float) -> Condition:
    """The field is at least this number."""
    return {"field": name, "min": low}


def most(name: str, high: float) -> Condition:
    """The field is at most this number."""
    return {"field": name, "max": high}


def between(name: str, low: float, high: float) -> Condition:
    """The field lies between these numbers."""
    return {"field": name, "min": low, "max": high}


def publishers(*names: str) -> Condition:
    """The lead is from one of these publishers, given by name."""
    return one_of("publisher", *names)


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """An order to be created. Money in whole currency units; `paused_on` is a day of the history, from 0."""

    advertiser: str
    vertical: str
    name: str
    price: float
    filter: tuple[Condition, ...]
    day_leads: int | None = None
    day_spend: int | None = None
    total_leads: int | None = None
    total_spend: int | None = None
    paused_on: int | None = None


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """An offer to be created."""

    advertiser: str
    vertical: str
    name: str
    landing_url: str


_AUTO_ORDERS = (
    OrderPlan(HARBORLINE, AUTO, "Insured drivers, national", 24, (one_of("currently_insured", "yes"),
              least("score", 55)), day_leads=18),
    OrderPlan(HARBORLINE, AUTO, "Hot leads, big four states", 38, (one_of("warmth", "hot"),
              one_of("state", *BIG_FOUR)), day_leads=15),
    OrderPlan(HARBORLINE, AUTO, "Home and auto bundle", 29, (one_of("home_owner", "yes"), between("age", 30, 75)),
              day_spend=360),
    OrderPlan(HARBORLINE, AUTO, "Everything else", 9.5, (most("accidents", 2),), day_leads=12),
    OrderPlan(SENTRY, AUTO, "Full coverage", 27, (one_of("coverage", "full"), one_of("warmth", "warm", "hot"))),
    OrderPlan(SENTRY, AUTO, "Prime credit, newer cars", 31, (one_of("credit", "excellent", "good"),
              least("vehicle_year", 2016)), day_leads=12),
    OrderPlan(SENTRY, AUTO, "Southeast", 17.5, (one_of("state", *SOUTHEAST),), day_spend=250),
    OrderPlan(SENTRY, AUTO, "Two cars or more", 22, (least("vehicles", 2), none_of("state", "MI", "LA")), day_leads=9),
    OrderPlan(SENTRY, AUTO, "Score 75 and better", 45, (least("score", 75),), day_leads=8),
    OrderPlan(HERON, AUTO, "West", 19, (one_of("state", *WEST), one_of("warmth", "warm", "hot"))),
    OrderPlan(HERON, AUTO, "Ready to buy", 26, (one_of("timeframe", *SOON), between("age", 25, 70)), day_leads=11),
    OrderPlan(HERON, AUTO, "Clean record", 21, (most("accidents", 0), one_of("state", *WEST, *MIDWEST)), day_leads=15),
    OrderPlan(HERON, AUTO, "Search traffic only", 23, (one_of("channel", "paid_search", "organic"),), day_leads=9),
    OrderPlan(HERON, AUTO, "Launch test, Texas", 28, (one_of("state", "TX"),), total_leads=60),
    OrderPlan(PLAINFIELD, AUTO, "Midwest", 16, (one_of("state", *MIDWEST), most("accidents", 1))),
    OrderPlan(PLAINFIELD, AUTO, "Young drivers", 14, (between("age", 18, 26),), day_leads=12),
    OrderPlan(PLAINFIELD, AUTO, "Uninsured, standard coverage", 12, (one_of("currently_insured", "no"),
              one_of("coverage", "minimum", "standard"))),
    OrderPlan(PLAINFIELD, AUTO, "Trusted publishers", 25, (publishers("Compass Quotes", "Milestone Comparison"),),
              day_spend=300),
    OrderPlan(TRI, AUTO, "Northeast, warm", 15, (one_of("state", *NORTHEAST), one_of("warmth", "warm", "hot"))),
    OrderPlan(TRI, AUTO, "Fill-in", 6.5, (none_of("channel", "other", "display"),), day_leads=10),
    OrderPlan(TRI, AUTO, "Poor credit specialists", 11, (one_of("credit", "fair", "poor"),), paused_on=19),
    OrderPlan(KESTREL, AUTO, "National blitz", 20, (least("score", 40), between("age", 21, 79))),
)  # fmt: skip

_MORTGAGE_ORDERS = (
    OrderPlan(HARBORLINE, MORTGAGE, "Purchase, good credit", 58, (one_of("loan_purpose", "purchase"),
              one_of("credit", "excellent", "good")), day_leads=9),
    OrderPlan(HARBORLINE, MORTGAGE, "Jumbo loans", 80, (least("loan_amount", 450_000),), day_spend=640),
    OrderPlan(HARBORLINE, MORTGAGE, "Refinance, national", 42, (one_of("loan_purpose", "refinance", "cash out"),
              none_of("credit", "poor")), day_leads=10),
    OrderPlan(COBALT, MORTGAGE, "Purchase this month", 66, (one_of("loan_purpose", "purchase"),
              one_of("timeframe", *SOON)), day_leads=9),
    OrderPlan(COBALT, MORTGAGE, "Conventional, 150k to 450k", 52, (between("loan_amount", 150_000, 450_000),
              one_of("credit", "excellent", "good")), day_leads=9),
    OrderPlan(COBALT, MORTGAGE, "Score 70 and better", 47, (least("score", 70),), day_leads=8),
    OrderPlan(COBALT, MORTGAGE, "West and Texas", 44, (one_of("state", *WEST, "TX"), none_of("credit", "poor"))),
    OrderPlan(COBALT, MORTGAGE, "Home equity", 39, (one_of("loan_purpose", "home equity"),)),
    OrderPlan(GRANITE, MORTGAGE, "New England", 55, (one_of("state", "MA", "NH", "ME", "VT", "CT", "RI"),)),
    OrderPlan(GRANITE, MORTGAGE, "Northeast refinance", 48, (one_of("state", *NORTHEAST),
              one_of("loan_purpose", "refinance", "home equity", "cash out"))),
    OrderPlan(GRANITE, MORTGAGE, "First homes", 50, (one_of("first_home", "yes"),), day_leads=8),
    OrderPlan(GRANITE, MORTGAGE, "Income over 90,000", 46, (least("income", 90_000),
              one_of("property_use", "primary residence")), day_leads=7),
    OrderPlan(GRANITE, MORTGAGE, "Referral partners", 61, (publishers("Hearth & Deed", "Rate Lantern"),
              one_of("credit", "excellent", "good")), day_leads=6),
    OrderPlan(VETERANS, MORTGAGE, "Veterans", 72, (one_of("veteran", "yes"),)),
    OrderPlan(VETERANS, MORTGAGE, "Veterans' states, any lead", 33, (one_of("state", "VA", "TX", "NC", "WA", "GA"),
              most("loan_amount", 600_000)), day_leads=8),
    OrderPlan(CORNERSTONE, MORTGAGE, "Refinance, high equity", 54, (one_of("loan_purpose", "refinance", "cash out"),
              least("property_value", 300_000)), day_leads=9),
    OrderPlan(CORNERSTONE, MORTGAGE, "Fair credit", 30, (one_of("credit", "fair"),), day_spend=180),
    OrderPlan(CORNERSTONE, MORTGAGE, "Investors", 45, (one_of("property_use", "investment"),)),
    OrderPlan(CORNERSTONE, MORTGAGE, "Spring campaign", 40, (one_of("state", *MIDWEST, *SOUTHEAST),),
              total_spend=9_000),
    OrderPlan(KESTREL, MORTGAGE, "Cheap and cheerful", 25, (least("score", 35),), paused_on=24),
)  # fmt: skip

_BANK_ORDERS = (
    OrderPlan(HARBORLINE, BANK, "Term deposit, prime age", 14, (between("age", 30, 65),
              none_of("credit_default", "yes")), day_leads=13),
    OrderPlan(HARBORLINE, BANK, "Retired savers", 20, (one_of("job", "retired"),)),
    OrderPlan(HARBORLINE, BANK, "Earlier success", 30, (one_of("previous_outcome", "success"),)),
    OrderPlan(MERIDIAN, BANK, "University degree", 17, (one_of("education", "university.degree"),
              one_of("contact_channel", "cellular")), day_leads=12),
    OrderPlan(MERIDIAN, BANK, "White collar", 13, (one_of("job", *WHITE_COLLAR), between("age", 25, 60)), day_leads=8),
    OrderPlan(MERIDIAN, BANK, "No loans", 15, (one_of("housing_loan", "no"), one_of("personal_loan", "no")),
              day_spend=105),
    OrderPlan(MERIDIAN, BANK, "Warm or hot", 18, (one_of("warmth", "warm", "hot"), one_of("state", *BIG_FOUR)),
              day_leads=8),
    OrderPlan(MERIDIAN, BANK, "Readers of Pennywise", 22, (publishers("Pennywise Reader"),), total_leads=150),
    OrderPlan(OLD_MILL, BANK, "Northeast members", 11, (one_of("state", *NORTHEAST),)),
    OrderPlan(OLD_MILL, BANK, "Midwest members", 10, (one_of("state", *MIDWEST),
              none_of("credit_default", "yes", "unknown"))),
    OrderPlan(OLD_MILL, BANK, "Students", 8, (one_of("job", "student"), most("age", 30)), day_leads=6),
    OrderPlan(OLD_MILL, BANK, "Small savers", 4, (most("contacts_this_campaign", 4),), day_leads=10),
    OrderPlan(OLD_MILL, BANK, "First contact only", 7, (most("contacts_this_campaign", 1),
              one_of("previous_outcome", "nonexistent")), day_leads=8),
    OrderPlan(COBALT, BANK, "Homeowners for cross-sale", 9, (one_of("housing_loan", "yes"), least("age", 35)),
              day_leads=8),
    OrderPlan(GRANITE, BANK, "Married, New England", 12, (one_of("marital", "married"),
              one_of("state", "MA", "NH", "ME", "VT", "CT", "RI"))),
    OrderPlan(PLAINFIELD, BANK, "Pilot, blue collar", 6, (one_of("job", "blue-collar"),), paused_on=12),
    OrderPlan(KESTREL, BANK, "Anything with a mobile", 8, (one_of("contact_channel", "cellular"),), day_leads=9),
    OrderPlan(SENTRY, BANK, "Term life cross-sale", 12, (between("age", 28, 55), one_of("marital", "married")),
              day_leads=5),
)  # fmt: skip

ORDERS = (*_AUTO_ORDERS, *_MORTGAGE_ORDERS, *_BANK_ORDERS)

OFFERS = (
    OfferPlan(HARBORLINE, AUTO, "Harborline Drive: switch in ten minutes", "https://drive.harborline.example.com/"),
    OfferPlan(HARBORLINE, MORTGAGE, "Harborline Home: rate locked for 60 days", "https://home.harborline.example.com/"),
    OfferPlan(SENTRY, AUTO, "Sentry Hill full coverage", "https://quotes.sentryhill.example.com/"),
    OfferPlan(VETERANS, MORTGAGE, "Zero down for veterans", "https://veteransfirst.example.com/start"),
    OfferPlan(MERIDIAN, BANK, "Meridian 12-month deposit", "https://meridian.example.com/deposit"),
)
