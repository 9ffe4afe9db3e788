"""Fields and verticals: values read as their types; a vertical is checked as a whole and versioned."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.audit import AuditEvent
from core.database import db
from core.errors import Conflict, Invalid
from marketplace.verticals.editing import add_version, create_vertical
from marketplace.verticals.fields import TYPES, Field, Refused
from tests.market import FIELDS, Market, person

READ = [
    ("text", "  a \n b ", "a b"), ("number", "1,250.50", 1250.5), ("number", "$40", 40), ("number", 7.0, 7),
    ("choice", "TWO", "two"), ("date", "01/31/2026", "2026-01-31"), ("date", "2026-01-31", "2026-01-31"),
    ("boolean", True, True), ("boolean", "off", False), ("zip", "90210-1234", "90210"), ("zip", "00501", "00501"),
    ("state", "new york", "NY"), ("state", "ca", "CA"), ("phone", "+44 20 7946 0958", "+442079460958"),
    ("phone", "402.555.0144", "+14025550144"), ("email", "A.B+c@Example.COM", "a.b+c@example.com"),
]  # fmt: skip
REFUSED = [
    ("number", "1e5"), ("number", "NaN"), ("number", "12abc"), ("choice", "four"), ("date", "2026-13-01"), ("date", "x"),
    ("boolean", "maybe"), ("zip", "1234"), ("zip", "99999"), ("state", "ZZ"), ("phone", "911"), ("phone", "+19995550144"),
    ("email", "a@b"), ("email", "a@@b.com"), ("email", "a b@example.com"), ("email", "a@mailinator.com"), ("text", "a\x00b"),
]  # fmt: skip


def field(kind: str) -> Field:
    return Field("f", "F", kind, choices=("one", "two"))


@pytest.mark.parametrize(("kind", "raw", "value"), READ)
def test_values_are_read_as_their_type(kind: str, raw: Any, value: Any) -> None:
    assert field(kind).read(raw) == value
    assert type(field(kind).read(raw)) is type(value)


@pytest.mark.parametrize(("kind", "raw"), REFUSED)
def test_what_is_not_of_its_type_is_refused(kind: str, raw: Any) -> None:
    with pytest.raises(Refused) as caught:
        field(kind).read(raw)
    assert caught.value.code and caught.value.message


@given(st.sampled_from(sorted(TYPES)), st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_reading_refuses_or_is_stable(kind: str, raw: Any) -> None:
    """No value breaks a reader, and what was read reads again as itself."""
    try:
        value = field(kind).read(raw)
    except Refused:
        return
    assert field(kind).read(value) == value


@pytest.mark.parametrize("original", [*FIELDS, Field("n", "N", "number", lowest=0, highest=0)], ids=lambda f: f.name)
def test_a_field_is_stored_and_read_back_as_it_was(original: Field) -> None:
    assert Field.from_json(original.as_json()) == original


@given(st.integers(1, 99_999))
def test_an_email_passes_alone_as_with_the_library(number: int) -> None:
    """The short way for plain addresses agrees with email-validator."""
    assert field("email").read(f"Ada.B{number}@Mail.Example.org") == f"ada.b{number}@mail.example.org"


def test_a_change_is_a_new_version_and_old_leads_keep_theirs(market: Market) -> None:
    market.send(person())
    fewer = [f for f in FIELDS if f.name != "zip"]
    version = add_version(market.vertical, fewer, 10, 3)
    db.session.commit()
    assert version.number == 2
    (answer,) = market.send({k: v for k, v in person().items() if k != "zip"})
    assert answer["status"] == "held"
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "vertical.version").order_by(AuditEvent.id.desc())
    ).first()
    assert event is not None and (event.before["window_days"], event.after["window_days"]) == (30, 10)


def test_every_fault_of_a_vertical_is_named(market: Market) -> None:
    bad = [
        Field("Phone!", "x", "phone"), Field("score", "x", "number", lowest=5, highest=1), Field("c", "x", "choice"),
        Field("d", "x", "what"), Field("e", "x", "number", example="abc"), Field("c", "x", "text"),
    ]  # fmt: skip
    with pytest.raises(Invalid) as caught:
        add_version(market.vertical, bad, -1, 0)
    assert {(e.field, e.code) for e in caught.value.errors} == {
        ("window_days", "range"), ("max_buyers", "range"), ("fields.0.name", "format"), ("fields.0.personal", "contact"),
        ("fields.1.name", "reserved"), ("fields.1.highest", "range"), ("fields.2.choices", "missing"),
        ("fields.3.type", "choice"), ("fields.4.example", "number"), ("fields.5.name", "taken"),
    }  # fmt: skip
    with pytest.raises(Invalid):
        add_version(market.vertical, [Field("a", "A", "text")], 1, 1)
    with pytest.raises(Conflict):
        create_vertical("Auto", "auto", FIELDS, 1, 1)
