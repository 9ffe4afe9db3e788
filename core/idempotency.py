"""Idempotency keys: the same key and body replays the stored answer; the same key with another body is refused.

Keys belong to an organisation. The claim is written in the transaction of the work, so an answer is stored
exactly if the work was done. Two requests with one key at once: the second waits on the unique key, then replays.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from flask import Response, json, request
from sqlalchemy import LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.arrays import blobs, numbers, texts, uuids
from core.database import Base, db, driver
from core.errors import Conflict, FieldError, Invalid
from core.jobs import job

LONGEST_KEY = 255


class IdempotentRequest(Base):
    """A request that was answered, and its answer."""

    __tablename__ = "idempotent_request"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    answer: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)


class KeyReused(Conflict):
    """The key was used before, with another body."""

    code, title = "idempotency_key_reused", "This Idempotency-Key was used before with another body"


def request_hash(*parts: bytes) -> bytes:
    """What makes two requests the same."""
    return hashlib.sha256(b"\0".join(parts)).digest()


def key_of_request() -> str | None:
    """The request's Idempotency-Key, or None. Raises Invalid where it is empty or too long."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        wrong = FieldError("Idempotency-Key", "length", f"must have 1 to {LONGEST_KEY} characters")
        raise Invalid("The Idempotency-Key header is malformed", [wrong])
    return key


@dataclass(frozen=True, slots=True)
class Answered:
    """An earlier request under a key: what it was, and its answer (None while it is being carried out)."""

    request_hash: bytes
    status: int | None
    answer: str | None


OwnedKey = tuple[UUID, str]

_CLAIM = """
INSERT INTO idempotent_request (organisation_id, key, request_hash, at)
SELECT organisation, key, hash, %(at)s
FROM unnest(%(organisations)s::uuid[], %(keys)s::text[], %(hashes)s::bytea[]) AS n(organisation, key, hash)
ON CONFLICT DO NOTHING RETURNING organisation_id, key"""

_FIND = """
SELECT organisation_id, key, request_hash, status, answer FROM idempotent_request
WHERE (organisation_id, key) IN (SELECT * FROM unnest(%(organisations)s::uuid[], %(keys)s::text[]))"""

_STORE = """
UPDATE idempotent_request r SET status = n.status, answer = n.answer
FROM unnest(%(organisations)s::uuid[], %(keys)s::text[], %(statuses)s::int[], %(answers)s::text[])
     AS n(organisation, key, status, answer)
WHERE r.organisation_id = n.organisation AND r.key = n.key"""


def claim_many(
    connection: "psycopg.Connection[Any]", keys: Mapping[OwnedKey, bytes], at: datetime
) -> dict[OwnedKey, Answered]:
    """Claim keys (each with its request's hash) in the open transaction; returns those that were claimed before."""
    ordered = sorted(keys)
    owned = {"organisations": uuids(o for o, _ in ordered), "keys": texts(k for _, k in ordered)}
    hashes = {"hashes": blobs(keys[key] for key in ordered)}
    new = set(connection.execute(_CLAIM, owned | hashes | {"at": at}, prepare=True).fetchall())
    if len(new) == len(keys):
        return {}
    found = connection.execute(_FIND, owned).fetchall()
    return {(row[0], row[1]): Answered(bytes(row[2]), row[3], row[4]) for row in found if (row[0], row[1]) not in new}


def store_many(connection: "psycopg.Connection[Any]", answers: Mapping[OwnedKey, tuple[int, str]]) -> None:
    """Write answers (status, JSON text) beside their claims, in the same transaction."""
    if answers:
        connection.execute(
            _STORE,
            {
                "organisations": uuids(organisation for organisation, _ in answers),
                "keys": texts(key for _, key in answers),
                "statuses": numbers(status for status, _ in answers.values()),
                "answers": texts(answer for _, answer in answers.values()),
            },
        )


def claim(organisation_id: UUID, key: str, hashed: bytes) -> tuple[int, str] | None:
    """Claim one key in the session's transaction; returns the (status, answer) of an earlier request, if any.

    Raises KeyReused where the earlier request was another one.
    """
    earlier = claim_many(driver(), {(organisation_id, key): hashed}, clock.now()).get((organisation_id, key))
    if earlier is None:
        return None
    if earlier.request_hash != hashed:
        raise KeyReused()
    return (earlier.status, earlier.answer) if earlier.status is not None and earlier.answer is not None else None


def idempotent(view: Callable[..., tuple[Any, int]]) -> Callable[..., Response]:
    """Give a POST view, which returns (JSON value, status) and flushes, the Idempotency-Key contract; commits."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Response:
        from_key = key_of_request()
        owner = request.environ["fairlead.principal"].organisation_id
        if from_key:
            hashed = request_hash(request.method.encode(), request.path.encode(), request.get_data())
            earlier = claim(owner, from_key, hashed)
            if earlier:
                return replayed(*earlier)
        value, status = view(*args, **kwargs)
        answer = json.dumps(value)
        if from_key:
            store_many(driver(), {(owner, from_key): (status, answer)})
        db.session.commit()
        return Response(answer, status, content_type="application/json")

    return wrapped


def replayed(status: int, answer: str) -> Response:
    """A stored answer given again, and marked so."""
    return Response(answer, status, {"Idempotency-Replayed": "true"}, content_type="application/json")


@job("idempotency.forget_old", cron="41 3 * * *")
def forget_old() -> None:
    """Keys older than 30 days are forgotten."""
    db.session.execute(text("DELETE FROM idempotent_request WHERE at < now() - interval '30 days'"))
