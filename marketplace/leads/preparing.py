"""A lead on its way through the pipeline, after the pure steps: what the selling transaction works on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.ids import new_id, public_id
from core.vault import Vault
from marketplace.leads.scoring import Score, score_lead
from marketplace.leads.submission import Submission
from marketplace.leads.verification import Verified, verify
from marketplace.verticals.fields import Value

TRACES = ("ip", "user_agent")  # what in the envelope is of the person


@dataclass(frozen=True, slots=True)
class Documents:
    """The parts of a lead that are stored as JSON, written out here so that no lock is held meanwhile."""

    attributes: str
    tracking: str
    score_reasons: str


@dataclass(frozen=True, slots=True)
class PreparedLead:
    """One lead, read, verified, scored and sealed. `attributes` are what orders' filters may ask about."""

    id: UUID
    submission: Submission
    verified: Verified
    score: Score
    attributes: Mapping[str, Value]
    documents: Documents
    contact_hashes: tuple[bytes, ...]
    sealed: bytes
    data_key: bytes


def prepare(submission: Submission, vault: Vault) -> PreparedLead:
    """Carry out every pure step for one lead: normalise, verify, score, seal."""
    lead_id = new_id(submission.received_at)
    found = verify(submission)
    fields = submission.vertical.fields
    score = score_lead(
        fields, found.values, submission.channel, "consent" in submission.envelope, submission.offer_id is not None
    )
    open_values = {f.name: found.values[f.name] for f in fields if not f.personal and f.name in found.values}
    common: dict[str, Value] = {"score": score.points, "warmth": score.warmth}
    common["publisher"] = public_id("organisation", submission.publisher_id)
    if submission.channel:
        common["channel"] = submission.channel
    sealed, data_key = vault.seal(_personal(submission, found), lead_id.bytes)
    hashes = tuple(
        vault.digest(spec.type, str(found.values[spec.name]))
        for spec in submission.vertical.contact_fields
        if spec.name in found.values
    )
    documents = Documents(json.dumps(open_values), json.dumps(_tracking(submission)), json.dumps(score.reasons))
    return PreparedLead(
        lead_id, submission, found, score, {**open_values, **common}, documents, hashes, sealed, data_key
    )


def _tracking(submission: Submission) -> dict[str, str]:
    """The envelope without the traces of the person, which are sealed."""
    return {name: text for name, text in submission.envelope.items() if name not in TRACES}


def _personal(submission: Submission, found: Verified) -> dict[str, Any]:
    """What is sealed: personal values, raw values that could not be read, fields unknown to the vertical, and
    the envelope's traces of the person. Nothing that was sent is lost."""
    personal = {
        f.name: found.values[f.name] for f in submission.vertical.fields if f.personal and f.name in found.values
    }
    unread = {
        name: raw for name, raw in submission.values.items() if name not in found.values and raw not in ("", None)
    }
    traces = {name: submission.envelope[name] for name in TRACES if name in submission.envelope}
    parts = {"fields": personal, "unread": unread, "unknown": dict(submission.unknown), "traces": traces}
    return {name: part for name, part in parts.items() if part}
