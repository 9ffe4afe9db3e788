"""Flat combining: requests that arrive together are carried out together.

A thread that finds a batch running leaves its item in the queue; whoever runs takes all that waits as the
next batch. One commit then serves many requests (Hendler, Incze, Shavit, Tzafrir: Flat Combining, SPAA 2010).

Where several come at once, a batch first waits a moment for as many as were there when the last one ended: those
who were answered just now are about to come back, and find a seat. Without that, a few go off alone while the many
wait (measured with 32 connections: batches of 12 instead of 5, twice the requests a second, shorter waits for all).
Who comes alone never waits.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
GATHER_SECONDS = 0.008  # at most; a batch takes several times as long
GLANCE_SECONDS = 0.001


class _Slot(Generic[Item, Result]):
    """One waiting request: its item, and where its result or its fault will stand."""

    __slots__ = ("asleep", "fault", "item", "leads", "result")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.asleep = threading.Lock()  # held until the one wake-up; a third of the cost of an Event
        self.asleep.acquire()
        self.leads = False
        self.result: Result | None = None
        self.fault: BaseException | None = None


class Combiner(Generic[Item, Result]):
    """Runs `carry_out(items) -> results` (one result per item, in order) for many threads at once."""

    def __init__(self, carry_out: Callable[[Sequence[Item]], Sequence[Result]], largest: int) -> None:
        """`largest` is the most items one batch takes."""
        self._carry_out = carry_out
        self._largest = largest
        self._lock = threading.Lock()
        self._waiting: list[_Slot[Item, Result]] = []
        self._busy = False
        self._expected = 1  # how many were there, carried out or waiting, when the last batch ended

    def submit(self, item: Item) -> Result:
        """The item's result. Raises what `carry_out` raised, in every thread of that batch."""
        slot: _Slot[Item, Result] = _Slot(item)
        with self._lock:
            self._waiting.append(slot)
            slot.leads = not self._busy
            self._busy = True
        if not slot.leads:
            slot.asleep.acquire()  # woken with a result, or to lead the next batch
        if slot.leads:
            self._lead(slot)
        if slot.fault is not None:
            raise slot.fault
        return slot.result  # type: ignore[return-value]

    def _lead(self, own: _Slot[Item, Result]) -> None:
        """Run one batch with our own item in it, then hand the lead to the first that still waits."""
        self._gather()
        with self._lock:
            self._waiting.remove(own)
            batch = [own, *self._waiting[: self._largest - 1]]
            del self._waiting[: self._largest - 1]
        try:
            results = self._carry_out([slot.item for slot in batch])
            for slot, result in zip(batch, results, strict=True):
                slot.result = result
        except BaseException as fault:
            for slot in batch:
                slot.fault = fault
        with self._lock:
            self._expected = min(len(batch) + len(self._waiting), self._largest)
            self._busy = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].asleep.release()
        for slot in batch[1:]:
            slot.asleep.release()

    def _gather(self) -> None:
        deadline = time.monotonic() + GATHER_SECONDS
        while len(self._waiting) < self._expected and time.monotonic() < deadline:
            time.sleep(GLANCE_SECONDS)
