"""Organisations and members: founding, inviting, accepting, signing in, resetting a password."""

import hashlib
import re
import unicodedata
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import func, select

from core import audit, clock, versions
from core.database import db
from core.errors import Conflict, DomainError, FieldError, Invalid, NotFound
from core.identity.models import Member, Organisation
from core.identity.principal import ROLES
from core.ids import new_id
from core.jobs import Job, defer, job
from core.mail import send_mail

INVITATION_SECONDS = 7 * 86_400
RESET_SECONDS = 3_600
SHORTEST_PASSWORD = 12

_hasher = PasswordHasher()  # argon2id with RFC 9106's low-memory profile, the library's default
_ABSENT = _hasher.hash("nobody has this password")  # so that an unknown address takes as long as a known one


class TokenRefused(DomainError):
    """The link is too old, was used already, or was altered."""

    status, code, title = 410, "link_expired", "This link no longer works: ask for a new one"


def slug_of(name: str) -> str:
    """A short name for addresses and the command line: lower case, ASCII, hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "organisation"


def found_organisation(kind: str, name: str, slug: str | None = None) -> Organisation:
    """A new organisation of that kind. Raises Invalid, or Conflict where the slug is taken."""
    name = name.strip()
    wrong = [] if kind in ROLES else [FieldError("kind", "choice", "is not a kind of organisation", list(ROLES))]
    if not 1 <= len(name) <= 120:
        wrong.append(FieldError("name", "length", "must have 1 to 120 characters"))
    if wrong:
        raise Invalid(errors=wrong)
    slug = slug or slug_of(name)
    if db.session.scalar(select(Organisation.id).where(Organisation.slug == slug)):
        raise Conflict(errors=[FieldError("name", "taken", f"there is already an organisation named {slug}")])
    organisation = Organisation(id=new_id(), kind=kind, name=name, slug=slug, status="active", created_at=clock.now())
    db.session.add(organisation)
    db.session.flush()
    audit.record("organisation.founded", "organisation", organisation.id, after={"kind": kind, "name": name})
    return organisation


def set_status(organisation: Organisation, status: str) -> None:
    """Suspend or re-activate an organisation; its keys and sessions stop or work again at once."""
    before, organisation.status = organisation.status, status
    audit.record(
        "organisation.status", "organisation", organisation.id, before={"status": before}, after={"status": status}
    )
    versions.bump("organisations")


def add_member(organisation: Organisation, email: str, name: str, password: str | None = None) -> Member:
    """A new member, active with `password` or else invited by e-mail. Raises Invalid or Conflict."""
    email, name = email.strip(), name.strip()
    wrong = _password_faults(password) if password is not None else []
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or len(email) > 254:
        wrong.append(FieldError("email", "format", "must be an e-mail address, such as ada@example.com"))
    if not 1 <= len(name) <= 120:
        wrong.append(FieldError("name", "length", "must have 1 to 120 characters"))
    if wrong:
        raise Invalid(errors=wrong)
    if member_by_email(email):
        raise Conflict(errors=[FieldError("email", "taken", "this address already has an account")])
    member = Member(
        id=new_id(),
        organisation=organisation,
        email=email,
        name=name,
        status="active" if password else "invited",
        password_hash=_hasher.hash(password) if password else None,
        created_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    audit.record("member.added", "member", member.id, after={"email": email, "organisation": organisation.slug})
    if not password:
        defer(Job("identity.mail", {"member": member.id.hex, "purpose": "invitation"}))
    return member


def member_by_email(email: str) -> Member | None:
    """The member with that address, however it is capitalised."""
    return db.session.scalar(select(Member).where(func.lower(Member.email) == email.strip().lower()))


def member_with_password(email: str, password: str) -> Member | None:
    """The active member whose password this is; takes as long for an unknown address as for a known one."""
    member = member_by_email(email)
    try:
        _hasher.verify((member and member.password_hash) or _ABSENT, password)
    except (VerificationError, InvalidHashError):
        return None
    if not member or not member.is_active:
        return None
    if member.password_hash and _hasher.check_needs_rehash(member.password_hash):
        member.password_hash = _hasher.hash(password)
    member.last_seen_at = clock.now()
    return member


def set_password(member: Member, password: str) -> None:
    """Set the password, which ends all other sessions and makes every link sent before useless."""
    wrong = _password_faults(password)
    if wrong:
        raise Invalid(errors=wrong)
    member.password_hash = _hasher.hash(password)
    member.status = "active" if member.status == "invited" else member.status
    audit.record("member.password_set", "member", member.id, actor=member.as_principal())


def ask_for_reset(email: str) -> None:
    """Send a reset link if the address has an account; nothing tells whether it has."""
    member = member_by_email(email)
    if member and member.status != "disabled":
        purpose = "reset" if member.status == "active" else "invitation"
        defer(Job("identity.mail", {"member": member.id.hex, "purpose": purpose}))


def link_token(member: Member, purpose: str) -> str:
    """A signed token for a link in a mail; it dies with its age or when the password changes."""
    return _signer(purpose).dumps([member.id.hex, _fingerprint(member)])


def member_of_token(token: str, purpose: str) -> Member:
    """The member a mailed link belongs to. Raises TokenRefused."""
    age = INVITATION_SECONDS if purpose == "invitation" else RESET_SECONDS
    try:
        identifier, fingerprint = _signer(purpose).loads(token, max_age=age)
        member = db.session.get(Member, UUID(hex=identifier))
    except (BadSignature, ValueError, TypeError):
        raise TokenRefused() from None
    if not member or member.status == "disabled" or _fingerprint(member) != fingerprint:
        raise TokenRefused()
    return member


@job("identity.mail")
def send_link(member: str, purpose: str) -> None:
    """Mail an invitation or a reset link; the token is made here, so that no job row ever holds it."""
    found = db.session.get(Member, UUID(hex=member))
    if not found:
        raise NotFound()
    send_mail(found.email, purpose, member=found, token=link_token(found, purpose))


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["FAIRLEAD"].secret_key, salt=f"identity.{purpose}")


def _fingerprint(member: Member) -> str:
    return hashlib.sha256((member.password_hash or "none").encode()).hexdigest()[:16]


def _password_faults(password: str) -> list[FieldError]:
    if not SHORTEST_PASSWORD <= len(password) <= 200:
        return [FieldError("password", "length", f"must have at least {SHORTEST_PASSWORD} characters")]
    return []
