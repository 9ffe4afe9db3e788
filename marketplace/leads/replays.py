"""Idempotency keys of a batch: who was answered before, who waits for the first of the same key. See core."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from core.errors import Conflict
from core.idempotency import Answered, KeyReused, claim_many, store_many
from marketplace.leads.preparing import PreparedLead
from marketplace.leads.verdicts import Verdict

Result = Verdict | Exception


class InProgress(Conflict):
    """The key's first request has been claimed but not answered."""

    code, title = "idempotency_in_progress", "The first request with this Idempotency-Key is still being carried out"


class Replays:
    """The idempotency keys of one batch, claimed in its transaction."""

    def __init__(self, connection: "psycopg.Connection[Any]", leads: Sequence[PreparedLead], at: datetime) -> None:
        """Claim every key of the batch; the first lead of a key is the one to be decided."""
        self._connection = connection
        self._first: dict[tuple[UUID, str], PreparedLead] = {}
        for lead in leads:
            if key := _key(lead):
                self._first.setdefault(key, lead)
        wanted = {key: _hash(lead) for key, lead in self._first.items()}
        self._earlier: dict[tuple[UUID, str], Answered] = claim_many(connection, wanted, at) if wanted else {}

    def is_fresh(self, lead: PreparedLead) -> bool:
        """Whether this lead is to be decided now."""
        key = _key(lead)
        return key is None or (key not in self._earlier and self._first[key] is lead)

    def store(self, results: Mapping[UUID, Result]) -> None:
        """Keep the answers of fresh leads beside their keys, in the same transaction."""
        answers = {}
        for key, lead in self._first.items():
            verdict = results.get(lead.id)
            if key not in self._earlier and isinstance(verdict, Verdict):
                answers[key] = (verdict.http_status, verdict.text)
        store_many(self._connection, answers)

    def result(self, lead: PreparedLead, results: Mapping[UUID, Result]) -> Result:
        """A lead's result: its own, or the stored or simultaneous one of its key."""
        if lead.id in results:
            return results[lead.id]
        key = _key(lead)
        assert key is not None
        earlier, first = self._earlier.get(key), self._first[key]
        if (earlier.request_hash if earlier else _hash(first)) != _hash(lead):
            return KeyReused()
        if earlier is None:
            found = results[first.id]
            return Verdict(found.http_status, found.text, replayed=True) if isinstance(found, Verdict) else found
        if earlier.status is None or earlier.answer is None:
            return InProgress()
        return Verdict(earlier.status, earlier.answer, replayed=True)


def _key(lead: PreparedLead) -> tuple[UUID, str] | None:
    given = lead.submission.idempotency
    return (lead.submission.publisher_id, given.key) if given else None


def _hash(lead: PreparedLead) -> bytes:
    assert lead.submission.idempotency is not None
    return lead.submission.idempotency.request_hash
