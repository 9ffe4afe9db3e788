"""The market that is measured: advertisers with standing orders in three verticals, and publishers with keys.

All is made by the product's own functions, but for the orders, which are written many at a time: the same rows,
checked by the same rules.
"""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

from benchmarks.people import CHANNELS, places
from billing.wallets import LARGEST_TOP_UP, top_up
from core import audit, clock, versions
from core.database import db
from core.identity.api_keys import issue_key
from core.ids import new_id
from marketplace.orders.editing import OrderTerms, snapshot
from marketplace.orders.filters import parse_filter
from marketplace.orders.models import Order, OrderRevision
from marketplace.organisations import open_organisation
from marketplace.sales.endpoints import create_endpoint
from marketplace.verticals.editing import create_vertical
from marketplace.verticals.fields import Field
from marketplace.verticals.geography import STATES
from marketplace.verticals.models import Vertical

ADVERTISERS, PUBLISHERS = 200, 20
WITH_ENDPOINT = 0.3  # of the advertisers: their sales are delivered by a job
WITH_CAPS = 0.25  # of the orders
CONDITIONS = {3: 15, 4: 26, 5: 28, 6: 19, 7: 9, 8: 3}  # of a filter, in percent: notes on matching, section 1
WINDOW_DAYS = 30
MICROS = 1_000_000

PERSON = (
    Field("first_name", "First name", "text", personal=True),
    Field("last_name", "Last name", "text", personal=True),
    Field("phone", "Phone", "phone", required=True, personal=True),
    Field("email", "E-mail", "email", personal=True),
    Field("zip", "ZIP code", "zip", required=True),
    Field("state", "State", "state", required=True),
    Field("age", "Age", "number", lowest=18, highest=90),
)
WHEN = Field("when", "When", "choice", choices=("now", "within 30 days", "within 3 months", "not sure"))
CREDIT = Field("credit", "Credit", "choice", choices=("excellent", "good", "fair", "poor"))
OWNER = Field("home_owner", "Home owner", "boolean")
FIELDS = {
    "auto-insurance": (
        *PERSON,
        Field("insured", "Insured now", "boolean"),
        Field("vehicle_year", "Vehicle year", "number", lowest=1990, highest=2027),
        Field("make", "Make", "choice", choices=("Ford", "Toyota", "Honda", "Chevrolet", "Tesla", "other")),
        OWNER,
        CREDIT,
        WHEN,
    ),
    "mortgage": (
        *PERSON,
        Field("income", "Income a year", "number", lowest=10_000, highest=300_000),
        Field("loan", "Loan wanted", "number", lowest=20_000, highest=2_000_000),
        Field("purpose", "Purpose", "choice", choices=("purchase", "refinance", "cash-out")),
        CREDIT,
        WHEN,
    ),
    "solar": (
        *PERSON,
        Field("bill", "Power bill a month", "number", lowest=20, highest=900),
        Field("roof", "Roof", "choice", choices=("full sun", "some shade", "shade")),
        OWNER,
        CREDIT,
        WHEN,
    ),
}
MOST_BUYERS = {"auto-insurance": 2, "mortgage": 1, "solar": 1}


def load_market(orders: int, seed: int) -> list[str]:
    """Write the market in the application's database; returns one API key for each publisher."""
    chance = random.Random(seed)
    verticals = [
        create_vertical(slug.title(), slug, list(fields), WINDOW_DAYS, MOST_BUYERS[slug])
        for slug, fields in FIELDS.items()
    ]
    publishers = [open_organisation("publisher", f"Publisher {n}").id for n in range(PUBLISHERS)]
    keys = [issue_key(publisher, "benchmark", "live")[1] for publisher in publishers]
    advertisers = [_open_advertiser(n, chance) for n in range(ADVERTISERS)]
    filters = _Filters(chance, [f"org_{publisher.hex}" for publisher in publishers])
    for number in range(orders):
        vertical = verticals[number % len(verticals)]
        advertiser, endpoint = advertisers[number % len(advertisers)]
        terms = OrderTerms(f"Order {number}", 0, filters.draw(vertical.slug), endpoint_id=endpoint)
        _add_order(advertiser, vertical, terms, chance)
    db.session.flush()
    versions.bump("orders")
    db.session.commit()
    return keys


def _open_advertiser(number: int, chance: random.Random) -> tuple[UUID, UUID | None]:
    """An advertiser with a full wallet; the second value is its endpoint, if it has one."""
    advertiser = open_organisation("advertiser", f"Advertiser {number}").id
    top_up(advertiser, LARGEST_TOP_UP, "benchmark", new_id())
    if chance.random() >= WITH_ENDPOINT:
        return advertiser, None
    return advertiser, create_endpoint(advertiser, "CRM", "http://127.0.0.1:9/leads")[0].id


def _add_order(advertiser: UUID, vertical: Vertical, terms: OrderTerms, chance: random.Random) -> None:
    """What marketplace.orders.editing.create_order writes, left to the session's next flush."""
    checked, wrong = parse_filter(terms.filter, FIELDS[vertical.slug])
    assert not wrong, wrong
    capped = chance.random() < WITH_CAPS
    now = clock.now()
    order_id, revision_id = new_id(), new_id()
    revision = OrderRevision(
        id=revision_id,
        order_id=order_id,
        number=1,
        name=terms.name,
        price=chance.randrange(500, 8_000, 25) * MICROS // 100,
        filter=checked,
        day_leads_cap=chance.randint(5, 500) if capped else None,
        day_spend_cap=chance.randint(500, 20_000) * MICROS if capped and chance.random() < 0.5 else None,
        total_leads_cap=None,
        total_spend_cap=None,
        endpoint_id=terms.endpoint_id,
        created_at=now,
        member_id=None,
    )
    order = Order(
        id=order_id,
        advertiser_id=advertiser,
        vertical_id=vertical.id,
        status="active",
        revision_id=revision_id,
        day_leads=0,
        day_spend=0,
        total_leads=0,
        total_spend=0,
        created_at=now,
    )
    db.session.add_all([order, revision])
    audit.record("order.created", "order", order_id, after=snapshot(revision))


class _Filters:
    """Draws filters as buyers write them: three to eight conditions, most often on place, age and readiness."""

    def __init__(self, chance: random.Random, publishers: list[str]) -> None:
        self._chance = chance
        self._publishers = publishers
        self._zips = [zip_code for zip_code, _ in places()]

    def draw(self, slug: str) -> dict[str, Any]:
        """One filter in its JSON form."""
        asked: list[tuple[float, Callable[[], dict[str, Any]]]] = [
            (0.60, lambda: {"field": "state", "in": self._some(sorted(STATES)[:51], 15)}),
            (0.08, lambda: {"field": "zip", "not_in": self._some(self._zips, 400)}),
            (0.15, lambda: {"field": "publisher", "not_in": self._some(self._publishers, 5)}),
            (0.10, lambda: {"field": "publisher", "in": self._some(self._publishers, 10)}),
            (0.25, lambda: {"field": "warmth", "in": ["hot", "warm"][: self._chance.randint(1, 2)]}),
            (0.30, lambda: {"field": "score", "min": self._chance.randrange(20, 70, 5)}),
            (0.15, lambda: {"field": "channel", "in": self._some(CHANNELS, 5)}),
            *((0.45, self._asker(field)) for field in FIELDS[slug] if field.type in ("number", "choice", "boolean")),
        ]
        # The heavier, the likelier to come first (Efraimidis and Spirakis): a weighted draw without replacement.
        asked.sort(key=lambda weighed: self._chance.random() ** (1 / weighed[0]), reverse=True)
        (wanted,) = self._chance.choices(*zip(*CONDITIONS.items(), strict=True))
        return {"all": [ask() for _, ask in asked[:wanted]]}

    def _asker(self, field: Field) -> Callable[[], dict[str, Any]]:
        if field.type == "boolean":
            return lambda: {"field": field.name, "in": [True]}
        if field.choices:
            return lambda: {"field": field.name, "in": self._some(field.choices, len(field.choices) - 1)}
        return lambda: {"field": field.name, **self._range(int(field.lowest or 0), int(field.highest or 0))}

    def _range(self, lowest: int, highest: int) -> dict[str, int]:
        middle = (lowest + highest) // 2
        low, high = self._chance.randint(lowest, middle), self._chance.randint(middle, highest)
        return self._chance.choice(({"min": low}, {"min": low, "max": high}))

    def _some(self, values: Any, most: int) -> list[Any]:
        return self._chance.sample(list(values), self._chance.randint(1, most))
