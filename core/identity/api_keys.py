"""API keys: shown once, stored as a hash, live or test, revocable at once."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, current_app, request
from sqlalchemy import select, text

from core import audit, clock, versions
from core.database import db
from core.errors import FieldError, Invalid, NotFound, Unauthenticated
from core.identity.models import ApiKey
from core.identity.principal import Principal
from core.ids import new_id

MODES = ("live", "test")

View = TypeVar("View", bound=Callable[..., Any])

# Counters that move when a key may have ended; see core/versions.py.
_WATCHED = ("api_keys", "organisations")

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
        versions.bump("api_keys")
        audit.record("api_key.revoked", "api_key", key.id, before={"name": key.name, "hint": key.hint})


def keys_of(organisation_id: UUID) -> list[ApiKey]:
    """The organisation's keys, newest first, revoked ones included."""
    found = select(ApiKey).where(ApiKey.organisation_id == organisation_id).order_by(ApiKey.id.desc())
    return list(db.session.scalars(found))


class KeyRing:
    """The keys a process has looked up, remembered for as long as no key and no organisation has changed."""

    def __init__(self) -> None:
        self._held: tuple[tuple[int, ...], dict[bytes, Principal]] = ((), {})

    def find(self, digest: bytes, counters: Mapping[str, int]) -> Principal:
        """Whose key this is, `counters` being the change counters as they now stand. Raises Unauthenticated."""
        seen = tuple(counters.get(name, 0) for name in _WATCHED)
        held = self._held
        if held[0] != seen:
            held = self._held = (seen, {})
        found = held[1].get(digest)
        if found is None:
            found = held[1][digest] = _look_up(digest)
        return found

    def last_known(self, digest: bytes) -> Principal | None:
        """Whose key this was when it was last looked at, without asking the database."""
        return self._held[1].get(digest)


def key_ring() -> KeyRing:
    """The application's key ring."""
    held: KeyRing = current_app.extensions["api_keys"]
    return held


def sent_digest() -> bytes:
    """The hash of the key in the request's `Authorization: Bearer` header. Raises Unauthenticated."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated("Send the header 'Authorization: Bearer <key>'.")
    return _digest(secret.strip())


def checks_key_later(view: View) -> View:
    """Mark a view that asks the key ring itself before it does anything, to save every request a query."""
    view.__dict__["checks_key_later"] = True
    return view


def register_api_authentication(app: Flask) -> None:
    """Every request under /v1/ carries a key, which says who is asking."""
    ring = app.extensions["api_keys"] = KeyRing()

    @app.before_request
    def identify() -> None:
        if not request.path.startswith("/v1/"):
            return
        digest = sent_digest()
        later = hasattr(app.view_functions.get(request.endpoint or ""), "checks_key_later")
        known = ring.last_known(digest) if later else None
        request.environ["fairlead.principal"] = known or ring.find(digest, versions.current())


def _look_up(digest: bytes) -> Principal:
    row = db.session.execute(_FIND, {"digest": digest}).first()
    if row is None:
        raise Unauthenticated("This API key is unknown, revoked, or its organisation is suspended.")
    return Principal(row.id, row.kind, f"{row.slug} ({row.hint}…)", test=row.mode == "test")


def _digest(secret: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess from a dictionary.
    return hashlib.sha256(secret.encode()).digest()
