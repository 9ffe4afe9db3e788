"""Identifiers: time-ordered, prefixed, derived."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.ids import PREFIXES, derived_id, made_at, new_id, outside_id, parse_id, public_id


def test_ids_sort_by_time_and_carry_it() -> None:
    early, late = new_id(datetime(2026, 1, 1, tzinfo=UTC)), new_id(datetime(2026, 1, 2, tzinfo=UTC))
    assert early < late < new_id()
    assert made_at(early) == datetime(2026, 1, 1, tzinfo=UTC)
    assert early.version == 7


@given(st.sampled_from(sorted(PREFIXES)))
def test_public_names_read_back(kind: str) -> None:
    identifier = new_id()
    assert parse_id(kind, public_id(kind, identifier)) == identifier


@given(st.text())
def test_other_texts_are_no_names(text: str) -> None:
    assert parse_id("lead", text) is None
    assert parse_id("lead", f"lead_{text}") is None or len(text) == 32


def test_derived_ids_are_stable_distinct_and_beside_their_origin() -> None:
    origin = new_id()
    assert derived_id(origin, "a") == derived_id(origin, "a") != derived_id(origin, "b")
    assert derived_id(origin, "a").int >> 80 == origin.int >> 80
    assert outside_id("evt_1") == outside_id("evt_1") != outside_id("evt_2")
    assert isinstance(derived_id(origin, "a"), UUID) and derived_id(origin, "a").version == 8
