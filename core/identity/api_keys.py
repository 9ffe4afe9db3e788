"""API keys: shown once, stored as a hash, live or test, revocable at once."""

import hashlib
import secrets
from uuid import UUID

from flask import Flask, request
from sqlalchemy import select, text

from core import audit, clock
from core.database import db
from core.errors import FieldError, Invalid, NotFound, Unauthenticated
from core.identity.models import ApiKey
from core.identity.principal import Principal
from core.ids import new_id

MODES = ("live", "test")

# One indexed look-up by the hash, without building objects: this runs for every API request.
_FIND = text("""
SELECT o.id, o.kind, o.slug, k.mode, k.hint FROM api_key k JOIN organisation o ON o.id = k.organisation_id
WHERE k.digest = :digest AND k.revoked_at IS NULL AND o.status = 'active'""")


def issue_key(organisation_id: UUID, name: str, mode: str) -> tuple[ApiKey, str]:
    """A new key; returns its row and the secret, which is never to be seen again. Raises Invalid."""
    wrong = [] if mode in MODES else [FieldError("mode", "choice", "must be live or test", list(MODES))]
    if not 1 <= len(name.strip()) <= 80:
        wrong.append(FieldError("name", "length", "must have 1 to 80 characters"))
    if wrong:
        raise Invalid(errors=wrong)
    secret = f"fl_{mode}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        id=new_id(),
        organisation_id=organisation_id,
        name=name.strip(),
        mode=mode,
        hint=secret[:12],
        digest=_digest(secret),
        created_at=clock.now(),
    )
    db.session.add(key)
    db.session.flush()
    audit.record("api_key.issued", "api_key", key.id, after={"name": key.name, "mode": mode, "hint": key.hint})
    return key, secret


def revoke_key(organisation_id: UUID, key_id: UUID | None) -> None:
    """End a key of that organisation at once. Raises NotFound for any other."""
    key = db.session.scalar(select(ApiKey).where(ApiKey.id == key_id, ApiKey.organisation_id == organisation_id))
    if key is None:
        raise NotFound()
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        audit.record("api_key.revoked", "api_key", key.id, before={"name": key.name, "hint": key.hint})


def keys_of(organisation_id: UUID) -> list[ApiKey]:
    """The organisation's keys, newest first, revoked ones included."""
    found = select(ApiKey).where(ApiKey.organisation_id == organisation_id).order_by(ApiKey.id.desc())
    return list(db.session.scalars(found))


def authenticate() -> Principal:
    """Whoever the request's `Authorization: Bearer` key belongs to. Raises Unauthenticated."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated("Send the header 'Authorization: Bearer <key>'.")
    row = db.session.execute(_FIND, {"digest": _digest(secret.strip())}).first()
    if row is None:
        raise Unauthenticated("This API key is unknown, revoked, or its organisation is suspended.")
    return Principal(row.id, row.kind, f"{row.slug} ({row.hint}…)", test=row.mode == "test")


def register_api_authentication(app: Flask) -> None:
    """Every request under /v1/ carries a key, which says who is asking."""

    @app.before_request
    def identify() -> None:
        if request.path.startswith("/v1/"):
            request.environ["fairlead.principal"] = authenticate()


def _digest(secret: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess from a dictionary.
    return hashlib.sha256(secret.encode()).digest()
