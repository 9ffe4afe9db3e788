"""Flat combining: every thread gets its own result, batches keep their bound, and nobody sleeps for ever."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.combining import Combiner

PATIENCE = 20.0  # seconds after which a thread counts as lost


class Recorder:
    """Carries batches out by doubling each item, and remembers them. `held` keeps the first batch under way."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.running = 0
        self.most_at_once = 0
        self.held = threading.Event()
        self.held.set()
        self.begun = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        self.batches.append(list(items))
        self.begun.set()
        self.held.wait(PATIENCE)
        self.running -= 1
        return [2 * item for item in items]


def together(combiner: Combiner[int, int], items: Sequence[int]) -> list[int | BaseException]:
    """Submit each item from a thread of its own; results or faults in the items' order."""

    def submit(item: int) -> int | BaseException:
        try:
            return combiner.submit(item)
        except Exception as fault:
            return fault

    with ThreadPoolExecutor(len(items)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(submit, item) for item in items]]


def wait_until(true: Callable[[], bool]) -> None:
    """Return as soon as it is true; fail where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def held_back(recorder: Recorder, combiner: Combiner[int, int], items: Sequence[int]) -> list[int | BaseException]:
    """Start the first item alone, let all the others queue up behind it in order, then let go."""
    recorder.held.clear()
    found: dict[int, int | BaseException] = {}

    def submit(item: int) -> None:
        try:
            found[item] = combiner.submit(item)
        except Exception as fault:
            found[item] = fault

    threads = [threading.Thread(target=submit, args=(item,), daemon=True) for item in items]
    for place, thread in enumerate(threads):
        thread.start()
        if place == 0:
            assert recorder.begun.wait(PATIENCE)
        else:
            wait_until(lambda place=place: len(combiner._waiting) == place)
    recorder.held.set()
    for thread in threads:
        thread.join(PATIENCE)
    return [found[item] for item in items]


def test_one_alone_is_a_batch_of_one() -> None:
    recorder = Recorder()
    combiner = Combiner(recorder, 10)
    assert [combiner.submit(item) for item in (3, 1, 2)] == [6, 2, 4]
    assert recorder.batches == [[3], [1], [2]]


def test_who_waits_is_carried_out_together_in_the_order_of_arrival() -> None:
    recorder = Recorder()
    assert held_back(recorder, Combiner(recorder, 100), range(8)) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert recorder.batches == [[0], [1, 2, 3, 4, 5, 6, 7]]


def test_a_batch_takes_no_more_than_its_bound_and_leaves_nobody_behind() -> None:
    recorder = Recorder()
    assert held_back(recorder, Combiner(recorder, 3), range(9)) == [2 * item for item in range(9)]
    assert recorder.batches == [[0], [1, 2, 3], [4, 5, 6], [7, 8]]


def test_a_fault_reaches_all_of_its_batch_and_nobody_else() -> None:
    recorder = Recorder()

    def carry_out(items: Sequence[int]) -> list[int]:
        results = recorder(items)
        if 2 in items:
            raise LookupError(f"in {list(items)}")
        return results

    found = held_back(recorder, Combiner(carry_out, 3), range(7))
    assert recorder.batches == [[0], [1, 2, 3], [4, 5, 6]]
    assert found[0] == 0 and found[4:] == [8, 10, 12]
    assert [type(fault) for fault in found[1:4]] == [LookupError] * 3
    assert {str(fault) for fault in found[1:4]} == {"in [1, 2, 3]"}


@pytest.mark.parametrize("answers", [0, 1, 3])
def test_a_wrong_number_of_results_is_a_fault_for_the_whole_batch(answers: int) -> None:
    recorder = Recorder()

    def carry_out(items: Sequence[int]) -> list[int]:
        recorder(items)
        return [0] * (answers if len(items) > 1 else 1)

    found = held_back(recorder, Combiner(carry_out, 10), range(3))
    assert found[0] == 0
    assert [type(fault) for fault in found[1:]] == [ValueError, ValueError]


def test_work_goes_on_after_a_fault() -> None:
    recorder = Recorder()

    def carry_out(items: Sequence[int]) -> list[int]:
        if recorder.batches == []:
            recorder(items)
            raise LookupError
        return recorder(items)

    combiner = Combiner(carry_out, 10)
    with pytest.raises(LookupError):
        combiner.submit(1)
    assert combiner.submit(2) == 4


def test_many_threads_get_their_own_results_one_batch_at_a_time() -> None:
    recorder = Recorder()
    combiner = Combiner(recorder, 7)
    chance = random.Random(1)
    pauses = [chance.random() / 500 for _ in range(32)]
    lost: list[tuple[int, int]] = []

    def client(number: int) -> None:
        for turn in range(60):
            item = number * 1_000 + turn
            if combiner.submit(item) != 2 * item:
                lost.append((number, turn))
            if turn % 3 == number % 3:
                time.sleep(pauses[number])

    threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a thread was never woken"
    assert lost == []
    done = [item for batch in recorder.batches for item in batch]
    assert sorted(done) == sorted(n * 1_000 + turn for n in range(32) for turn in range(60)), "each exactly once"
    assert max(map(len, recorder.batches)) <= 7
    assert recorder.most_at_once == 1


def test_faults_under_load_wake_everybody() -> None:
    chance = random.Random(2)

    def carry_out(items: Sequence[int]) -> list[int]:
        if chance.random() < 0.3:
            raise LookupError
        return [2 * item for item in items]

    combiner = Combiner(carry_out, 5)
    for start in range(0, 600, 24):
        items = range(start, start + 24)
        for item, result in zip(items, together(combiner, items), strict=True):
            assert result == 2 * item or isinstance(result, LookupError)
