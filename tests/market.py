"""Builders: a small market made through the real services."""

import itertools
from typing import Any

from billing.wallets import top_up, wallet_of
from core import clock
from core.database import db
from core.identity.accounts import add_member
from core.identity.api_keys import issue_key
from core.identity.models import Member, Organisation
from core.identity.principal import Principal
from core.ids import new_id
from core.money import parse_amount
from marketplace.leads.pipeline import submit_all
from marketplace.leads.submission import Submission, parse_submission
from marketplace.market import current_market
from marketplace.orders.editing import OrderTerms, create_order
from marketplace.orders.models import Order
from marketplace.organisations import Terms, open_organisation
from marketplace.verticals.editing import create_vertical
from marketplace.verticals.fields import Field
from marketplace.verticals.models import Vertical

PASSWORD = "correct horse battery"
FIELDS = [
    Field("first_name", "First name", "text", personal=True, example="Ada"),
    Field("phone", "Phone", "phone", required=True, personal=True, example="402 555 0144", aliases=("phone_number",)),
    Field("email", "E-mail", "email", personal=True, example="ada@example.com"),
    Field("zip", "ZIP code", "zip", required=True, example="68647", aliases=("postal_code",)),
    Field("state", "State", "state", example="NE"),
    Field("age", "Age", "number", lowest=18, highest=99, example="40"),
    Field("job", "Job", "choice", choices=("clerk", "pilot", "retired"), example="pilot"),
    Field("owner", "Owns a home", "boolean", example="yes"),
    Field("renewal", "Renewal", "date", example="2026-12-01"),
]
_numbers = itertools.count(1)


def person(number: int | None = None, **values: Any) -> dict[str, Any]:
    """A lead's body that verifies; the same number is the same person."""
    n = next(_numbers) if number is None else number
    area = ("402", "309", "531", "573", "575", "619")[n % 6]
    body = {
        "first_name": "Ada",
        "phone": f"({area}) {200 + n // 10_000:03d}-{n % 10_000:04d}",
        "email": f"ada{n}@example.com",
        "zip": "68647",
        "state": "NE",
        "age": 40,
        "job": "pilot",
    }
    return {**body, **values}


class Market:
    """One vertical, one publisher, and as many advertisers and orders as a test asks for. Commits what it makes."""

    def __init__(self, max_buyers: int = 2, window_days: int = 30) -> None:
        self.vertical: Vertical = create_vertical("Auto", "auto", FIELDS, window_days, max_buyers)
        self.vertical_id = self.vertical.id
        self.publisher: Organisation = open_organisation("publisher", "Pub One", terms=Terms(6000, 14))
        self.publisher_id = self.publisher.id
        db.session.commit()

    def organisation(self, kind: str, name: str | None = None) -> Organisation:
        made = open_organisation(kind, name or f"{kind} {next(_numbers)}")
        db.session.commit()
        return made

    def advertiser(self, funds: str = "10000") -> Organisation:
        made = self.organisation("advertiser")
        if parse_amount(funds):
            top_up(made.id, parse_amount(funds), "test", new_id())
        db.session.commit()
        return made

    def order(self, advertiser: Organisation, price: str = "10", **terms: Any) -> Order:
        who = Principal(advertiser.id, "advertiser", "test")
        wanted = {"name": "order", "filter": {}, **terms}
        made = create_order(
            who, advertiser.id, db.session.merge(self.vertical), OrderTerms(price=parse_amount(price), **wanted)
        )
        db.session.commit()
        return made

    def key(self, organisation: Organisation, mode: str = "live") -> dict[str, str]:
        """A new API key of the organisation, as a request's headers."""
        _, secret = issue_key(organisation.id, "test", mode)
        db.session.commit()
        return {"Authorization": f"Bearer {secret}"}

    def member(self, organisation: Organisation, email: str) -> Member:
        made = add_member(organisation, email, "Test Person", PASSWORD)
        db.session.commit()
        return made

    def submission(self, body: dict[str, Any], key: str | None = None, test: bool = False) -> Submission:
        known = current_market()
        return parse_submission(
            {"vertical": "auto", **body},
            self.publisher_id,
            known.verticals,
            known.offer_verticals,
            clock.now(),
            test,
            key,
        )

    def send(self, *bodies: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        """Submit leads as one batch; their answers."""
        results = submit_all([self.submission(body, **options) for body in bodies])
        for result in results:
            if isinstance(result, Exception):
                raise result
        return [result.answer for result in results]  # type: ignore[union-attr]

    def funds(self, advertiser: Organisation) -> int:
        db.session.rollback()
        return wallet_of(advertiser.id).available
