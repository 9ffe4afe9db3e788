"""Identifiers: time-ordered UUIDs inside, prefixed names outside (`lead_0192…`)."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils.compat

PREFIXES = {
    "organisation": "org",
    "member": "mem",
    "api_key": "key",
    "vertical": "vert",
    "offer": "offer",
    "order": "ord",
    "revision": "rev",
    "lead": "lead",
    "sale": "sale",
    "commission": "com",
    "account": "acct",
    "journal": "jrn",
    "endpoint": "hook",
    "audit": "aud",
}


def new_id(at: datetime | None = None) -> UUID:
    """A UUID of version 7 (RFC 9562): sorts by the time it was made, or by `at` (UTC) where given."""
    made: UUID = uuid_utils.compat.uuid7()
    if at is None:
        return made
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (made.int & ((1 << 80) - 1)))


def derived_id(origin: UUID, label: str) -> UUID:
    """The one UUID that belongs to `origin` under `label`: the same at every call, and sorting beside `origin`.

    It serves as an idempotency key for what happens to a thing at most once (a hold released, a sale reversed).
    """
    digest = int.from_bytes(hashlib.sha256(origin.bytes + label.encode()).digest()[:10], "big")
    digest = digest & ~(0xF << 76) | (8 << 76)  # version 8: vendor-defined (RFC 9562, 5.8)
    digest = digest & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=(origin.int >> 80 << 80) | digest)


def outside_id(name: str) -> UUID:
    """The UUID that stands for an outside reference (an event's name, a file's hash), the same at every call."""
    return derived_id(UUID(int=0), name)


def public_id(kind: str, identifier: UUID) -> str:
    """The name under which pages and API show an identifier: `lead_` and 32 hexadecimal digits."""
    return f"{PREFIXES[kind]}_{identifier.hex}"


def parse_id(kind: str, text: str) -> UUID | None:
    """The UUID behind a public name, or None where the text is no name of that kind."""
    prefix, _, digits = text.partition("_")
    if prefix != PREFIXES[kind] or len(digits) != 32:
        return None
    try:
        return UUID(hex=digits)
    except ValueError:
        return None


def made_at(identifier: UUID) -> datetime:
    """When a time-ordered identifier was made (UTC, milliseconds)."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)
