"""The one way of a lead, batch first: single posts, bulk posts and imports are all lists of submissions.

parse (before) → normalise, verify, score, seal → [one transaction: replayed keys, duplicates, locks, allocation,
writes] → answers. Concurrent single posts are combined into batches (core/combining.py).
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from flask import Flask, current_app

from core import clock, versions
from core.combining import Combiner
from core.database import db, driver
from core.errors import DomainError, Forbidden
from core.money import decimal_text
from core.vault import vault
from marketplace.leads.preparing import PreparedLead, prepare
from marketplace.leads.receipts import ReceiptSigner
from marketplace.leads.recording import Decided, record
from marketplace.leads.replays import Replays, Result
from marketplace.leads.selling import Starved, decide, simulate
from marketplace.leads.submission import Submission
from marketplace.leads.verdicts import Verdict, answer_for, divide
from marketplace.market import Market, current_market

log = logging.getLogger(__name__)
Read: TypeAlias = Callable[[Mapping[str, int], Market], Submission]
FIRST_WIDTH, WIDER = 4, 5  # candidates looked at for each wanted buyer, and how much wider the next look is
ATTEMPTS = 5
# Refusals that hold for every later lead too, until the day ends or the market's picture changes.
CLOSING = frozenset({"day_leads_cap", "day_spend_cap", "total_leads_cap", "total_spend_cap", "no_funds"})


def register_pipeline(app: Flask) -> None:
    """Give the application its combiner for single posts."""

    def carry_out(batch: Sequence[Read]) -> list[Result]:
        with app.app_context():
            return _read_and_submit(batch)

    app.extensions["leads"] = Combiner(carry_out, app.config["FAIRLEAD"].batch_size)


def submit_one(read: Read) -> Verdict:
    """The verdict on one lead, read and decided together with whatever arrives at the same time.

    `read` gets the change counters and the market, both looked up after this call; it must not use the request.
    Raises what `read` raised, KeyReused, or whatever fault the lead's own decision met.
    """
    combiner: Combiner[Read, Result] = current_app.extensions["leads"]
    result = combiner.submit(read)
    if isinstance(result, Exception):
        raise result
    return result


def _read_and_submit(batch: Sequence[Read]) -> list[Result]:
    """One query tells for all of the batch whether what this process knows of keys and market still holds."""
    counters = versions.current()
    market = current_market(counters)
    submissions: list[Submission | Exception] = []
    for read in batch:
        try:
            submissions.append(read(counters, market))
        except Exception as fault:  # one lead's own; its neighbours go on
            submissions.append(fault)
    results = iter(submit_all([s for s in submissions if isinstance(s, Submission)], market))
    return [s if isinstance(s, Exception) else next(results) for s in submissions]


def submit_all(submissions: Sequence[Submission], market: Market | None = None) -> list[Result]:
    """Verdicts on a batch, in order, in one transaction, which is committed. `market` for whoever has just got it.

    Where the batch as a whole meets a fault, its leads are carried out one by one, so that a lead that cannot be
    decided fails alone; its result is then the exception.
    """
    try:
        return _carry_out(submissions, market or current_market())
    except Exception as fault:
        db.session.rollback()
        if len(submissions) == 1:
            if not isinstance(fault, DomainError):
                log.exception("a lead could not be decided")
            return [fault]
        log.warning("a batch of %d failed (%s); carrying its leads out one by one", len(submissions), fault)
    return [result for submission in submissions for result in submit_all([submission])]


def _carry_out(submissions: Sequence[Submission], market: Market) -> list[Result]:
    if any(s.publisher_id not in market.publishers for s in submissions):
        raise Forbidden("This organisation has no publisher's terms, so it cannot sell leads.")
    prepared = [prepare(submission, vault()) for submission in submissions]
    width = FIRST_WIDTH
    for _ in range(ATTEMPTS):
        try:
            return _in_one_transaction(market, prepared, width)
        except Starved:
            width *= WIDER
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            log.warning("a batch met a deadlock and is carried out again")
        db.session.rollback()
        market = current_market()
    return _in_one_transaction(market, prepared, 1_000_000)


def _in_one_transaction(market: Market, prepared: Sequence[PreparedLead], width: int) -> list[Result]:
    at = clock.now()
    connection = driver()
    with connection.pipeline():
        replays = Replays(connection, prepared, at)
        fresh = [lead for lead in prepared if replays.is_fresh(lead)]
        decided = _decide_live(connection, market, [lead for lead in fresh if not lead.submission.test], at, width)
        decided += _decide_tests(connection, market, [lead for lead in fresh if lead.submission.test], at)
        # Signed here, while PostgreSQL writes what was sent to it.
        results: dict[UUID, Result] = {made.outcome.lead.id: _verdict(made, market, at) for made in decided}
        replays.store(results)
    db.session.commit()
    _learn_closed(market, decided, at.date())
    return [replays.result(lead, results) for lead in prepared]


def _decide_live(
    connection: "psycopg.Connection[Any]", market: Market, leads: Sequence[PreparedLead], at: datetime, width: int
) -> list[Decided]:
    if not leads:
        return []
    outcomes, room = decide(connection, market, leads, at, width)
    decided = [Decided(outcome, divide(outcome, market)) for outcome in outcomes]
    record(connection, market, decided, room, at)
    return decided


def _decide_tests(
    connection: "psycopg.Connection[Any]", market: Market, leads: Sequence[PreparedLead], at: datetime
) -> list[Decided]:
    if not leads:
        return []
    simulated = (simulate(market, lead, at) for lead in leads)
    decided = [Decided(outcome, divide(outcome, market)) for outcome in simulated]
    record(connection, market, decided, None, at)
    return decided


def _verdict(made: Decided, market: Market, at: datetime) -> Verdict:
    signer: ReceiptSigner = current_app.extensions["receipts"]
    lead, submission = made.outcome.lead, made.outcome.lead.submission
    payout = decimal_text(made.payout)
    receipt = signer.sign(lead.id, submission.publisher_id, at, submission.body_hash, made.outcome.status, payout)
    base_url = current_app.config["FAIRLEAD"].base_url
    answer = answer_for(made.outcome, payout, market.currency, receipt, base_url, submission.test)
    return Verdict(201, json.dumps(answer))


def _learn_closed(market: Market, decided: Sequence[Decided], day: date) -> None:
    """Remember which orders cannot buy, now that the batch is committed: the next batch need not lock them."""
    for outcome in (made.outcome for made in decided):
        vertical_id = outcome.lead.submission.vertical.vertical_id
        for order, why in outcome.seen:
            if why in CLOSING:
                place = market.books[vertical_id].place_of[order.revision_id]
                market.closed.setdefault(vertical_id, {})[place] = day if why.startswith("day_") else None
