"""The way of a lead, batch by batch: verdicts, money, duplicates, caps, idempotency."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from affiliates.models import Commission
from billing.ledger import balance_of
from billing.models import Account, JournalEntry
from core.database import db
from marketplace.leads.models import ContactClaim, Lead
from marketplace.leads.person import full_values, open_person
from marketplace.leads.pipeline import submit_all
from marketplace.orders.editing import set_order_status
from marketplace.sales.models import Sale
from tests.market import Market, person


def codes(answer: dict) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def test_a_lead_is_sold_to_the_highest_price_and_everybody_is_booked(market: Market) -> None:
    cheap, rich, third = market.advertiser(), market.advertiser(), market.advertiser()
    market.order(cheap, "10")
    market.order(rich, "20.01")
    market.order(third, "5")
    (answer,) = market.send(person())
    assert answer["status"] == "sold" and answer["buyers"] == 2
    assert answer["payout"] == "18.006"  # 60 % of 20.01 and of 10
    assert [market.funds(a) for a in (cheap, rich, third)] == [9_990_000_000, 9_979_990_000, 10_000_000_000]
    accounts = {a.kind: a.id for a in db.session.scalars(select(Account).where(Account.kind != "wallet"))}
    assert balance_of(accounts["commission_held"]) == 18_006_000
    assert balance_of(accounts["revenue_margin"]) == 12_004_000
    sales = db.session.scalars(select(Sale)).all()
    assert {s.id for s in sales} <= set(db.session.scalars(select(JournalEntry.id).where(JournalEntry.kind == "sale")))
    assert db.session.scalar(select(func.sum(Commission.amount))) == 18_006_000


def test_one_advertiser_buys_a_lead_once_whatever_its_orders(market: Market) -> None:
    advertiser = market.advertiser()
    market.order(advertiser, "10")
    market.order(advertiser, "9")
    (answer,) = market.send(person())
    assert answer["buyers"] == 1


def test_a_lead_nobody_wants_is_held_and_costs_nothing(market: Market) -> None:
    advertiser = market.advertiser()
    market.order(advertiser, filter={"all": [{"field": "age", "min": 60}]})
    (answer,) = market.send(person(age=30))
    assert (answer["status"], codes(answer), answer["payout"]) == ("held", ["non_targeted"], "0.00")
    assert market.funds(advertiser) == 10_000_000_000


def test_every_fault_is_named_at_once_and_nothing_sent_is_lost(market: Market) -> None:
    bad = person(phone="call me", email="x@mailinator.com", zip="9021", age=7, job="king", owner="maybe", extra="kept")
    (answer,) = market.send(bad)
    assert answer["status"] == "rejected"
    assert {r["field"]: r["code"] for r in answer["reasons"]} == {
        "phone": "bad_phone", "email": "disposable_email", "zip": "zip_invalid", "age": "range", "job": "choice",
        "owner": "boolean",
    }  # fmt: skip
    assert next(r for r in answer["reasons"] if r["field"] == "job")["allowed"] == ["clerk", "pilot", "retired"]
    assert answer["unknown_fields"] == ["extra"]
    sealed = open_person(db.session.scalars(select(Lead)).one())
    assert sealed["unread"]["phone"] == "call me" and sealed["unknown"] == {"extra": "kept"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "", "email": "none"}, "empty_contact"),
        ({"phone": "000-000-0000", "email": "-"}, "empty_contact"),
        ({"phone": "1111111111"}, "bad_phone"),
        ({"email": ".a@example.com"}, "bad_email"),
        ({"email": "a@sub.mailinator.com"}, "disposable_email"),
        ({"state": "California"}, "zip_state_mismatch"),
        ({"zip": None}, "missing"),
    ],
)
def test_reasons_of_rejection(market: Market, changes: dict, code: str) -> None:
    (answer,) = market.send(person(**changes))
    assert answer["status"] == "rejected" and codes(answer)[0] == code


def test_the_same_person_written_differently_is_a_duplicate_within_the_window(market: Market, context: Flask) -> None:
    market.order(market.advertiser())
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    context.extensions["clock"] = lambda: moment
    first, again = market.send(person(1), {**person(1), "phone": "+1 309 200 0001", "email": None})
    assert (first["status"], again["status"]) == ("sold", "duplicate")
    (mail,) = market.send({**person(2), "email": "ADA1@Example.COM"})
    assert mail["status"] == "duplicate"
    moment += timedelta(days=30, seconds=1)
    (later,) = market.send(person(1))
    assert later["status"] == "sold"


def test_batches_do_not_change_what_is_a_duplicate(market: Market) -> None:
    """One person's chain of contacts, as one batch and one by one, comes out the same."""
    chain = [person(1), {**person(2), "email": person(1)["email"]}, {**person(3), "phone": person(2)["phone"]}]
    together = [a["status"] for a in market.send(*chain)]
    db.session.query(ContactClaim).delete()
    db.session.commit()
    apart = [market.send(body)[0]["status"] for body in chain]
    assert together == apart == ["held", "duplicate", "duplicate"]


def test_caps_and_money_close_orders_and_say_so(market: Market) -> None:
    capped, poor = market.advertiser(), market.advertiser("25")
    market.order(capped, "30", day_leads_cap=2)
    market.order(poor, "20")
    answers = market.send(*(person() for _ in range(4)))
    assert [a["buyers"] for a in answers] == [2, 1, 0, 0]
    assert set(codes(answers[2])) == {"day_leads_cap", "no_funds"}
    (later,) = market.send(person())
    assert later["status"] == "held" and codes(later) == ["closed"]


def test_spend_caps_and_total_caps_hold(market: Market) -> None:
    market.order(market.advertiser(), "10", total_leads_cap=3)
    market.order(market.advertiser(), "9", day_spend_cap=20_000_000)
    market.order(market.advertiser(), "8", total_spend_cap=8_000_000)
    market.send(*(person() for _ in range(8)))
    bought = db.session.execute(select(Sale.price, func.count()).group_by(Sale.price)).all()
    assert dict(bought) == {10_000_000: 3, 9_000_000: 2, 8_000_000: 1}


def test_a_day_cap_opens_again_the_next_day(market: Market, context: Flask) -> None:
    market.order(market.advertiser(), day_leads_cap=1)
    moment = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    context.extensions["clock"] = lambda: moment
    assert [a["status"] for a in market.send(person(), person())] == ["sold", "held"]
    moment += timedelta(minutes=2)
    assert [a["status"] for a in market.send(person(), person())] == ["sold", "held"]


def test_many_capped_orders_do_not_hide_the_open_one(market: Market) -> None:
    """More closed candidates than the first look takes: the pipeline looks further."""
    for price in range(40, 10, -1):
        market.order(market.advertiser(), str(price), total_leads_cap=1)
    answers = market.send(*(person() for _ in range(16)))
    assert [a["buyers"] for a in answers] == [2] * 15 + [0]


def test_a_top_up_and_a_status_count_at_once(market: Market) -> None:
    from billing.wallets import top_up
    from core.ids import new_id

    poor = market.advertiser("0")
    order = market.order(poor)
    assert market.send(person())[0]["status"] == "held"
    top_up(poor.id, 10_000_000, "now", new_id())
    db.session.commit()
    assert market.send(person())[0]["status"] == "sold"
    top_up(poor.id, 10_000_000, "more", new_id())
    set_order_status(order, "paused")
    db.session.commit()
    assert codes(market.send(person())[0]) == ["non_targeted"]


def test_a_targeted_lead_goes_to_its_offers_advertiser_only(market: Market) -> None:
    from affiliates.models import Offer
    from core import versions
    from core.ids import new_id, public_id

    mine, other = market.advertiser(), market.advertiser()
    market.order(mine, "5")
    market.order(other, "50")
    offer = Offer(
        id=new_id(), advertiser_id=mine.id, vertical_id=market.vertical_id, name="Quote", landing_url=None,
        status="active", created_at=datetime.now(UTC),
    )  # fmt: skip
    db.session.add(offer)
    versions.bump("offers")
    db.session.commit()
    (answer,) = market.send(person(offer_id=public_id("offer", offer.id)))
    assert answer["buyers"] == 1
    assert db.session.scalars(select(Sale.advertiser_id)).all() == [mine.id]


def test_test_leads_get_a_verdict_and_leave_no_trace_in_money_or_caps(market: Market) -> None:
    advertiser = market.advertiser()
    market.order(advertiser, total_leads_cap=1)
    answers = market.send(person(7), person(7), test=True)
    assert [a["status"] for a in answers] == ["sold", "sold"] and answers[0]["test"] is True
    assert market.funds(advertiser) == 10_000_000_000
    assert db.session.scalar(select(func.count()).select_from(Sale)) == 0
    assert market.send(person(7))[0]["status"] == "sold"


def test_a_key_replays_its_answer_in_a_batch_and_later(market: Market) -> None:
    market.order(market.advertiser())
    body = person()
    twins = [market.submission(body, "k1"), market.submission(body, "k1"), market.submission(person(), "k1")]
    first, twin, other = submit_all(twins)
    assert first.text == twin.text and (first.replayed, twin.replayed) == (False, True)
    assert type(other).__name__ == "KeyReused"
    (later,) = submit_all([market.submission(body, "k1")])
    assert later.text == first.text and later.replayed
    assert db.session.scalar(select(func.count()).select_from(Lead)) == 1


def test_personal_data_is_only_sealed(market: Market) -> None:
    market.send(person(first_name="Zebulon", email="zebulon@example.com"))
    lead = db.session.scalars(select(Lead)).one()
    row = str(db.session.execute(select(Lead.__table__)).mappings().one())
    assert "ebulon" not in row and "402" not in str(lead.attributes)
    assert full_values(lead)["first_name"] == "Zebulon"


def test_a_fault_of_one_lead_does_not_touch_its_neighbours(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from marketplace.leads import pipeline

    real = pipeline.prepare

    def breaking(submission, vault):  # type: ignore[no-untyped-def]
        if submission.values.get("first_name") == "Boom":
            raise RuntimeError("a fault of ours")
        return real(submission, vault)

    monkeypatch.setattr(pipeline, "prepare", breaking)
    good, bad, fine = submit_all([market.submission(b) for b in (person(), person(first_name="Boom"), person())])
    assert isinstance(bad, RuntimeError)
    assert (good.answer["status"], fine.answer["status"]) == ("held", "held")
