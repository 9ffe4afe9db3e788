"""The load: many connections kept alive by one process, each sending its next request when it has its answer.

A process of its own and plain sockets, so that the client takes little of the machine that it measures.
"""

import json
import multiprocessing
import selectors
import signal
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.house import BenchmarkError

ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Which bodies to post where: over one connection for each of `keys`, for `seconds` or until none is left."""

    address: tuple[str, int]
    path: str
    keys: Sequence[str]
    bodies: Sequence[bytes]
    seconds: float


@dataclass(slots=True)
class Measured:
    """What came back: how long it all took, each request's milliseconds, and the leads' verdicts."""

    seconds: float
    milliseconds: list[float]
    verdicts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def leads_per_second(self) -> float:
        """Leads answered a second."""
        return self.verdicts.total() / self.seconds

    def percentile(self, percent: float) -> float:
        """The milliseconds within which that share of the requests was answered."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def measure(plan: Plan) -> Measured:
    """Carry out the plan in a process of its own. Raises BenchmarkError where a request failed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send(plan)
        measured: Measured = ours.recv()
    except EOFError:
        raise BenchmarkError("The load's process ended early.") from None
    finally:
        process.terminate()
        process.join()
    if measured.faults:
        raise BenchmarkError(f"{len(measured.faults)} requests failed, the first with:\n{measured.faults[0]}")
    return measured


def _serve(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who then ends us
    pipe.send(_drive(pipe.recv()))


def _drive(plan: Plan) -> Measured:
    """Post until the time or the bodies are up, then wait for what is under way."""
    waiting = selectors.DefaultSelector()
    lines = [_Line(plan, key) for key in plan.keys]
    bodies, answers = iter(plan.bodies), list[bytes]()
    measured = Measured(0, [])
    began = time.perf_counter()
    for line, body in zip(lines, bodies, strict=False):
        waiting.register(line.socket, selectors.EVENT_READ, line)
        line.send(body)
    while waiting.get_map():
        ready = waiting.select(ANSWER_SECONDS)
        if not ready:
            measured.faults.append(f"no answer within {ANSWER_SECONDS:.0f} seconds")
            break
        for key, _ in ready:
            line = key.data
            if not line.receive():
                continue
            now = time.perf_counter()
            measured.milliseconds.append((now - line.sent_at) * 1000)
            answers.append(bytes(line.received))
            following = next(bodies, None) if now - began < plan.seconds else None
            if following is None:
                waiting.unregister(line.socket)
            else:
                line.send(following)
    measured.seconds = time.perf_counter() - began
    for answer in answers:
        _count(answer, measured)
    return measured


class _Line:
    """One connection with the request that is under way on it."""

    def __init__(self, plan: Plan, key: str) -> None:
        self.socket = socket.create_connection(plan.address, timeout=ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = plan.address
        self._head = (
            f"POST {plan.path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self.sent_at = 0.0
        self.received = bytearray()
        self._wanted = 0

    def send(self, body: bytes) -> None:
        """Send a request."""
        self.received.clear()
        self._wanted = 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))

    def receive(self) -> bool:
        """Take what has come; whether the answer is whole."""
        came = self.socket.recv(1 << 16)
        if not came:
            raise BenchmarkError("The web server closed a connection before it had answered.")
        self.received += came
        if not self._wanted:
            head, end, _ = self.received.partition(b"\r\n\r\n")
            if end:
                length = bytes(head).lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
                self._wanted = len(head) + len(end) + int(length)
        return 0 < self._wanted <= len(self.received)


def _count(answer: bytes, measured: Measured) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1] not in (b"200", b"201"):
        measured.faults.append(answer.decode(errors="replace")[:2000])
        return
    told: dict[str, Any] = json.loads(body)
    measured.verdicts.update(told.get("summary") or [told["status"]])
