"""Normalising and verifying a lead: every value read as its type, and all that is wrong found at once. Pure."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import FieldError
from marketplace.leads.submission import Submission, storable
from marketplace.verticals.fields import CONTACT_TYPES, Field, Refused, Value
from marketplace.verticals.geography import place_of_zip

# What forms send when there is nothing to send. For contacts, also numbers of nothing but zeros.
ABSENT = frozenset({"", "-", "--", "none", "null", "n/a", "na", "nil", "undefined"})


@dataclass(slots=True)
class Verified:
    """A lead after verification: normalised values by field name, and what is wrong with it."""

    values: dict[str, Value] = field(default_factory=dict)
    reasons: list[FieldError] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the lead may be sold."""
        return not self.reasons


def verify(submission: Submission) -> Verified:
    """Read every field, check what belongs together, and list every fault; an empty lead's first reason says so."""
    vertical = submission.vertical
    found = Verified()
    for spec in vertical.fields:
        raw = submission.values.get(spec.name)
        if _absent(spec, raw):
            if spec.required:
                said = f"{spec.label} is missing"
                found.reasons.append(FieldError(spec.name, "missing", said, spec.allowed))
            continue
        try:
            if isinstance(raw, str) and not storable(raw):
                raise Refused("characters", "holds characters that no text has", spec.allowed)
            found.values[spec.name] = spec.read(raw)
        except Refused as refused:
            said = f"{spec.label} {refused.message}"
            found.reasons.append(FieldError(spec.name, refused.code, said, refused.allowed))
    _check_place(submission, found)
    _check_contact(submission, found)
    return found


def _absent(spec: Field, raw: Any) -> bool:
    if raw is None:
        return True
    if not isinstance(raw, (str, int)) or isinstance(raw, bool):
        return False
    text = str(raw).strip().casefold()
    return text in ABSENT or (spec.type in CONTACT_TYPES and not text.strip("0 +-.()"))


def _check_place(submission: Submission, found: Verified) -> None:
    pair = submission.vertical.zip_and_state
    if pair is None or not (pair[0].name in found.values and pair[1].name in found.values):
        return
    zip_field, state_field = pair
    lies_in = place_of_zip(str(found.values[zip_field.name]))
    if lies_in != found.values[state_field.name]:
        said = f"This ZIP code lies in {lies_in}, not in {found.values[state_field.name]}"
        found.reasons.append(FieldError(zip_field.name, "zip_state_mismatch", said, lies_in))


def _check_contact(submission: Submission, found: Verified) -> None:
    """Without one usable contact the lead is empty, whatever else it has."""
    contacts = submission.vertical.contact_fields
    if any(spec.name in found.values for spec in contacts):
        return
    if any(reason.code == "disposable_email" for reason in found.reasons):
        return  # reachable for an hour, perhaps: its own reason says it better
    names = " or ".join(spec.label.lower() for spec in contacts)
    reason = FieldError(contacts[0].name, "empty_contact", f"Nobody can be reached: no usable {names}")
    found.reasons.insert(0, reason)
