"""The one way of a lead, batch first: single posts, bulk posts and imports are all lists of submissions.

parse (before) → normalise, verify, score, seal → [one transaction: replayed keys, duplicates, locks, allocation,
writes] → answers. Concurrent single posts are combined into batches (core/combining.py).
"""

import json
import logging
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import psycopg
from flask import Flask, current_app

from core import clock
from core.combining import Combiner
from core.database import db, driver
from core.errors import DomainError, Forbidden
from core.money import decimal_text
from core.vault import vault
from marketplace.leads.preparing import PreparedLead, prepare
from marketplace.leads.receipts import ReceiptSigner
from marketplace.leads.recording import Decided, record
from marketplace.leads.replays import Replays, Result
from marketplace.leads.selling import Outcome, Starved, decide, simulate
from marketplace.leads.submission import Submission
from marketplace.leads.verdicts import Verdict, answer_for, divide
from marketplace.market import Market, current_market

log = logging.getLogger(__name__)
FIRST_WIDTH, WIDER = 4, 5  # candidates looked at for each wanted buyer, and how much wider the next look is
ATTEMPTS = 5
# Refusals that hold for every later lead too, until the day ends or the market's picture changes.
CLOSING = frozenset({"day_leads_cap", "day_spend_cap", "total_leads_cap", "total_spend_cap", "no_funds"})


def register_pipeline(app: Flask) -> None:
    """Give the application its combiner for single posts."""

    def carry_out(batch: Sequence[Submission]) -> list[Result]:
        with app.app_context():
            return submit_all(batch)

    app.extensions["leads"] = Combiner(carry_out, app.config["FAIRLEAD"].batch_size)


def submit_one(submission: Submission) -> Verdict:
    """The verdict on one lead, decided together with whatever arrives at the same time.

    Raises KeyReused, or whatever fault its own decision met.
    """
    combiner: Combiner[Submission, Result] = current_app.extensions["leads"]
    result = combiner.submit(submission)
    if isinstance(result, Exception):
        raise result
    return result


def submit_all(submissions: Sequence[Submission]) -> list[Result]:
    """Verdicts on a batch, in order, in one transaction, which is committed.

    Where the batch as a whole meets a fault, its leads are carried out one by one, so that a lead that cannot be
    decided fails alone; its result is then the exception.
    """
    try:
        return _carry_out(submissions)
    except Exception as fault:
        db.session.rollback()
        if len(submissions) == 1:
            if not isinstance(fault, DomainError):
                log.exception("a lead could not be decided")
            return [fault]
        log.warning("a batch of %d failed (%s); carrying its leads out one by one", len(submissions), fault)
    return [result for submission in submissions for result in submit_all([submission])]


def _carry_out(submissions: Sequence[Submission]) -> list[Result]:
    market = current_market()
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
    replays = Replays(connection, prepared, at)
    fresh = [lead for lead in prepared if replays.is_fresh(lead)]
    live = [lead for lead in fresh if not lead.submission.test]
    tests = [lead for lead in fresh if lead.submission.test]
    outcomes: list[Outcome] = []
    decided: list[Decided] = []
    if live:
        outcomes, room = decide(connection, market, live, at, width)
        decided = [Decided(outcome, divide(outcome, market)) for outcome in outcomes]
        record(connection, market, decided, room, at)
    if tests:
        simulated = [simulate(market, lead, at) for lead in tests]
        decided_tests = [Decided(outcome, divide(outcome, market)) for outcome in simulated]
        record(connection, market, decided_tests, None, at)
        decided += decided_tests
    results: dict[UUID, Result] = {made.outcome.lead.id: _verdict(made, market, at) for made in decided}
    replays.store(results)
    db.session.commit()
    _learn_closed(market, outcomes, at.date())
    return [replays.result(lead, results) for lead in prepared]


def _verdict(made: Decided, market: Market, at: datetime) -> Verdict:
    signer: ReceiptSigner = current_app.extensions["receipts"]
    lead, submission = made.outcome.lead, made.outcome.lead.submission
    payout = decimal_text(made.payout)
    receipt = signer.sign(lead.id, submission.publisher_id, at, submission.body_hash, made.outcome.status, payout)
    base_url = current_app.config["FAIRLEAD"].base_url
    answer = answer_for(made.outcome, payout, market.currency, receipt, base_url, submission.test)
    return Verdict(201, json.dumps(answer))


def _learn_closed(market: Market, outcomes: Sequence[Outcome], day: date) -> None:
    """Remember which orders cannot buy, now that the batch is committed: the next batch need not lock them."""
    for outcome in outcomes:
        vertical_id = outcome.lead.submission.vertical.vertical_id
        for order, why in outcome.seen:
            if why in CLOSING:
                place = market.books[vertical_id].place_of[order.revision_id]
                market.closed.setdefault(vertical_id, {})[place] = day if why.startswith("day_") else None
