"""Duplicates: a contact is claimed in its vertical for a window; who finds it claimed is a duplicate.

A contact is a normalised phone or e-mail, kept only as a keyed hash. A lead is a duplicate if any of its
contacts is claimed; its other contacts are claimed all the same, for they are the same person's. So the
outcome does not depend on how leads fall into batches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from core.arrays import blobs, moments, uuids

# One statement claims; the unique key makes concurrent transactions wait for each other, in the order sorted here.
_CLAIM = """
INSERT INTO contact_claim AS c (vertical_id, contact_hash, lead_id, last_seen, free_at)
SELECT vertical, hash, lead, %(at)s, free_at
FROM unnest(%(verticals)s::uuid[], %(hashes)s::bytea[], %(leads)s::uuid[], %(free_at)s::timestamptz[])
     AS n(vertical, hash, lead, free_at)
ON CONFLICT (vertical_id, contact_hash)
DO UPDATE SET lead_id = excluded.lead_id, last_seen = excluded.last_seen, free_at = excluded.free_at
WHERE c.free_at <= excluded.last_seen
RETURNING lead_id, contact_hash"""

_HOLDERS = """
SELECT vertical_id, contact_hash, lead_id FROM contact_claim
WHERE (vertical_id, contact_hash) IN (SELECT * FROM unnest(%(verticals)s::uuid[], %(hashes)s::bytea[]))"""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A lead with the hashes of its contacts, in the order of arrival."""

    lead_id: UUID
    vertical_id: UUID
    window_days: int
    hashes: tuple[bytes, ...]


class Claims:
    """The claims of one batch: sent first (`send`), looked at later (`duplicates`), so both fit a pipeline."""

    def __init__(self, claimants: Sequence[Claimant], at: datetime) -> None:
        """`at` is the batch's moment (UTC)."""
        self._claimants = claimants
        self._at = at
        self._first: dict[tuple[UUID, bytes], Claimant] = {}
        for claimant in claimants:
            for hashed in claimant.hashes:
                self._first.setdefault((claimant.vertical_id, hashed), claimant)
        self._cursor: psycopg.Cursor[Any] | None = None

    def send(self, connection: "psycopg.Connection[Any]") -> None:
        """Claim every contact of the batch for the first lead that has it."""
        if not self._first:
            return
        rows = sorted(self._first.items())
        self._cursor = connection.execute(
            _CLAIM,
            {
                "at": self._at,
                "verticals": uuids(vertical for (vertical, _), _ in rows),
                "hashes": blobs(hashed for (_, hashed), _ in rows),
                "leads": uuids(claimant.lead_id for _, claimant in rows),
                "free_at": moments(self._at + timedelta(days=claimant.window_days) for _, claimant in rows),
            },
            prepare=True,
        )

    def duplicates(self, connection: "psycopg.Connection[Any]") -> dict[UUID, UUID]:
        """The leads of the batch that are duplicates, each with the lead that holds the contact."""
        won = {(lead, bytes(hashed)) for lead, hashed in self._cursor.fetchall()} if self._cursor else set()
        lost: dict[UUID, tuple[UUID, bytes]] = {}
        found: dict[UUID, UUID] = {}
        for claimant in self._claimants:
            for hashed in claimant.hashes:
                first = self._first[claimant.vertical_id, hashed]
                if first.lead_id != claimant.lead_id:
                    found.setdefault(claimant.lead_id, first.lead_id)
                elif (claimant.lead_id, hashed) not in won:
                    lost.setdefault(claimant.lead_id, (claimant.vertical_id, hashed))
        if lost:
            found.update(self._holders(connection, lost))
        return found

    def _holders(self, connection: "psycopg.Connection[Any]", lost: dict[UUID, tuple[UUID, bytes]]) -> dict[UUID, UUID]:
        keys = list(set(lost.values()))
        parameters = {"verticals": uuids(v for v, _ in keys), "hashes": blobs(h for _, h in keys)}
        rows = connection.execute(_HOLDERS, parameters, prepare=True).fetchall()
        holder = {(vertical, bytes(hashed)): lead for vertical, hashed, lead in rows}
        return {lead: holder[key] for lead, key in lost.items()}
