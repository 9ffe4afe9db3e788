"""Opening an organisation with all it needs: accounts in the ledger, terms, its first member."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from affiliates.models import PublisherTerms
from billing.accounts import open_accounts_of
from core import audit, versions
from core.database import db
from core.errors import FieldError, Invalid, NotFound
from core.identity.accounts import found_organisation
from core.identity.models import Organisation

DEFAULT_SHARE_BPS = 6_000
DEFAULT_HOLD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Terms:
    """A publisher's terms: share of each sale in basis points, days that commissions are held."""

    share_bps: int = DEFAULT_SHARE_BPS
    hold_days: int = DEFAULT_HOLD_DAYS


def open_organisation(kind: str, name: str, slug: str | None = None, terms: Terms | None = None) -> Organisation:
    """A new organisation, ready to trade. Raises Invalid or Conflict."""
    organisation = found_organisation(kind, name, slug)
    open_accounts_of(kind, organisation.id, current_app.config["FAIRLEAD"].currency)
    if kind == "publisher":
        set_terms(organisation, terms or Terms())
    versions.bump("organisations")
    return organisation


def set_terms(publisher: Organisation, terms: Terms) -> None:
    """Set what a publisher earns on sales from now on. Raises Invalid."""
    wrong = []
    if not 0 <= terms.share_bps <= 10_000:
        wrong.append(FieldError("share_bps", "range", "must lie between 0 and 10000 basis points"))
    if not 0 <= terms.hold_days <= 365:
        wrong.append(FieldError("hold_days", "range", "must lie between 0 and 365 days"))
    if wrong:
        raise Invalid(errors=wrong)
    stored = db.session.get(PublisherTerms, publisher.id)
    before = {"share_bps": stored.share_bps, "hold_days": stored.hold_days} if stored else None
    if stored is None:
        stored = PublisherTerms(organisation_id=publisher.id)
        db.session.add(stored)
    stored.share_bps, stored.hold_days = terms.share_bps, terms.hold_days
    after = {"share_bps": terms.share_bps, "hold_days": terms.hold_days}
    audit.record("publisher.terms", "organisation", publisher.id, before=before, after=after)
    db.session.flush()
    versions.bump("terms")


def organisation_by_slug(kind: str, slug: str) -> Organisation:
    """The organisation of that kind and slug. Raises NotFound."""
    found = db.session.scalar(select(Organisation).where(Organisation.kind == kind, Organisation.slug == slug))
    if found is None:
        raise NotFound(f"There is no {kind} '{slug}'.")
    return found


def organisation_by_id(organisation_id: UUID | None) -> Organisation:
    """The organisation with that id. Raises NotFound."""
    found = db.session.get(Organisation, organisation_id) if organisation_id else None
    if found is None:
        raise NotFound()
    return found
