"""Order filters: conditions over a lead's attributes. Pure.

The JSON form is `{"all": [condition, …]}`; a condition is one of
`{"field": f, "in": [v, …]}`, `{"field": f, "not_in": [v, …]}`, `{"field": f, "min": a, "max": b}` (either end may
be left out; both are included). A missing value passes only where the filter does not ask about its field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import FieldError
from marketplace.verticals.fields import Field, Refused, Value

WARMTHS = ("cold", "warm", "hot")
CHANNELS = (
    "organic", "referral", "email", "paid_search", "social", "display", "affiliate", "word_of_mouth", "sms", "call",
    "other",
)  # fmt: skip
RANGE_TYPES = ("number", "date")
LONGEST_LIST = 50_000

# What every lead has beside its vertical's fields. A publisher is named by its public id.
COMMON = (
    Field("publisher", "Publisher", "text"),
    Field("warmth", "Warmth", "choice", choices=WARMTHS),
    Field("score", "Score", "number", lowest=0, highest=100),
    Field("channel", "Channel", "choice", choices=CHANNELS),
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one attribute: membership, non-membership, or a closed range."""

    field: str
    among: frozenset[Value] | None = None
    not_among: frozenset[Value] | None = None
    low: Value | None = None
    high: Value | None = None

    def passes(self, value: Value | None) -> bool:
        """Whether a lead with this value of the field passes; a missing value does not."""
        if value is None:
            return False
        if self.among is not None:
            return value in self.among
        if self.not_among is not None:
            return value not in self.not_among
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all pass."""

    conditions: tuple[Condition, ...]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Filter":
        """A filter from its stored form, which `parse_filter` has checked."""
        return cls(tuple(_condition(c) for c in stored.get("all", ())))

    def first_failing(self, attributes: Mapping[str, Value]) -> Condition | None:
        """The first condition that these attributes do not pass, or None where they pass all."""
        return next((c for c in self.conditions if not c.passes(attributes.get(c.field))), None)


def _condition(stored: Mapping[str, Any]) -> Condition:
    return Condition(
        stored["field"],
        frozenset(stored["in"]) if "in" in stored else None,
        frozenset(stored["not_in"]) if "not_in" in stored else None,
        stored.get("min"),
        stored.get("max"),
    )


def filterable(fields: Sequence[Field]) -> list[Field]:
    """What a filter may ask about: the vertical's fields that are not personal data, and the common ones."""
    return [field for field in fields if not field.personal] + list(COMMON)


def parse_filter(given: Any, fields: Sequence[Field]) -> tuple[dict[str, Any], list[FieldError]]:
    """Check a filter in its JSON form against a vertical's fields.

    Returns it normalised (values as leads have them, conditions in a fixed order) and every error with its path.
    """
    if not isinstance(given, dict) or set(given) - {"all"} or not isinstance(given.get("all", []), list):
        return {"all": []}, [FieldError("filter", "form", 'must look like {"all": [condition, …]}')]
    known = {field.name: field for field in filterable(fields)}
    wrong: list[FieldError] = []
    kept: list[dict[str, Any]] = []
    for place, condition in enumerate(given.get("all", [])):
        path = f"filter.all.{place}"
        field = known.get(str(condition.get("field"))) if isinstance(condition, dict) else None
        if field is None:
            wrong.append(FieldError(f"{path}.field", "choice", "is not a field to filter by", sorted(known)))
            continue
        normal, faults = _parse_condition(condition, field, path)
        wrong += faults
        kept.append(normal)
    kept.sort(key=lambda c: (c["field"], sorted(c)))
    return {"all": kept}, wrong


def _parse_condition(condition: Mapping[str, Any], field: Field, path: str) -> tuple[dict[str, Any], list[FieldError]]:
    tests = set(condition) - {"field"}
    if tests in ({"in"}, {"not_in"}):
        (test,) = tests
        values = condition[test]
        if not isinstance(values, list) or not 1 <= len(values) <= LONGEST_LIST:
            return {"field": field.name}, [
                FieldError(f"{path}.{test}", "list", f"must be a list of 1 to {LONGEST_LIST}")
            ]
        read, wrong = _read_all({f"{path}.{test}.{i}": v for i, v in enumerate(values)}, field)
        return {"field": field.name, test: sorted(set(read.values()), key=str)}, wrong
    if tests and tests <= {"min", "max"}:
        if field.type not in RANGE_TYPES:
            return {"field": field.name}, [FieldError(path, "test", "has no range: use in or not_in", ["in", "not_in"])]
        read, wrong = _read_all({f"{path}.{end}": condition[end] for end in tests}, field)
        normal = {"field": field.name} | {end: read[f"{path}.{end}"] for end in tests if f"{path}.{end}" in read}
        if len(normal) == 3 and _sortable(normal["min"]) > _sortable(normal["max"]):
            wrong.append(FieldError(f"{path}.max", "range", "must not be less than min"))
        return normal, wrong
    allowed = ["in", "not_in", "min", "max"]
    return {"field": field.name}, [FieldError(path, "test", "needs in, not_in, or min and max", allowed)]


def _sortable(bound: Value) -> tuple[float, str]:
    """Bounds of one field are all numbers or all dates (ISO text)."""
    return (0.0, bound) if isinstance(bound, str) else (float(bound), "")


def _read_all(raw: Mapping[str, Any], field: Field) -> tuple[dict[str, Value], list[FieldError]]:
    read: dict[str, Value] = {}
    wrong = []
    for path, value in raw.items():
        try:
            read[path] = field.read(value)
        except Refused as refused:
            wrong.append(FieldError(path, refused.code, refused.message, refused.allowed))
    return read, wrong


def in_words(stored: Mapping[str, Any], fields: Sequence[Field]) -> list[str]:
    """The filter as short sentences, one for each condition; empty for a filter that takes every lead."""
    labels = {field.name: field.label for field in filterable(fields)}
    return [f"{labels.get(c['field'], c['field'])} {_test_in_words(c)}" for c in stored.get("all", ())]


def _test_in_words(condition: Mapping[str, Any]) -> str:
    for test, word in (("in", "is"), ("not_in", "is not")):
        if test in condition:
            values = [("yes" if v else "no") if isinstance(v, bool) else str(v) for v in condition[test]]
            shown = ", ".join(values[:6]) + (f" and {len(values) - 6} more" if len(values) > 6 else "")
            return f"{word} {shown}"
    low, high = condition.get("min"), condition.get("max")
    if low is not None and high is not None:
        return f"is {low} to {high}"
    return f"is at least {low}" if low is not None else f"is at most {high}"
