"""The demo's traffic: who sends which lead when. A plan made before anything is sent, always the same for a seed.

Leads come with the hours of a working day in North America, fewer at weekends, more from week to week; flaws and
repetitions follow each publisher's quality.
"""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from marketplace.demo.answers import answers, rewritten
from marketplace.demo.cast import PUBLISHERS, Publisher
from marketplace.demo.people import Crowd
from marketplace.demo.standing_orders import OFFERS
from marketplace.demo.verticals import AUTO, BANK, MORTGAGE

DAYS = 30
HOUR = timedelta(hours=1)
# By hour of the day (UTC): North America sleeps from 6 to 11 and is busiest from 15 to 2.
HOURS = (50, 42, 34, 26, 18, 11, 7, 5, 4, 4, 6, 11, 22, 38, 55, 68, 76, 80, 78, 76, 74, 70, 64, 57)
WEEKDAYS = (115, 112, 108, 106, 98, 66, 58)
GROWTH = 0.9  # by how much the last day exceeds the first
BURST = timedelta(seconds=4)  # leads that come together are decided together, as under load
BURST_SIZES = (2, 4, 5, 6, 8, 11)
TARGETED = 0.35  # of the leads of publishers who promote offers, in verticals that have one
RECENT = 400  # people of a vertical who may send again; far less than a duplicate window's worth
DISPOSABLE = ("mailinator.com", "guerrillamail.com", "yopmail.com", "10minutemail.com")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Safari/605.1.15",
)
SOURCES = ("quote-form", "landing-a", "landing-b", "comparison-table", "newsletter", "exit-popup")
CREATIVES = ("headline-1", "headline-2", "video", "carousel", "plain")
KEYWORDS = ("cheap", "compare", "best-rates", "near-me", "calculator", "reviews")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One lead to be sent: when, by whom, its body, and the offer it answers, if any (place in OFFERS)."""

    at: datetime
    publisher: str
    body: dict[str, Any]
    offer: int | None


def first_moment(end: datetime) -> datetime:
    """When a history that ends at `end` begins."""
    return datetime.combine(end.date() - timedelta(days=DAYS), datetime.min.time(), UTC)


def traffic(seed: int, count: int, end: datetime) -> list[Arrival]:
    """`count` leads from thirty days before `end` until then, in order of time."""
    writer = _Writer(random.Random(f"traffic {seed}"), first_moment(end))
    return [writer.arrival(at) for at in _moments(random.Random(f"moments {seed}"), count, end)]


def _moments(chance: random.Random, count: int, end: datetime) -> list[datetime]:
    start = first_moment(end)
    hours = [start + n * HOUR for n in range(int((end - start) / HOUR) + 1)]
    moods = [chance.uniform(0.85, 1.15) for _ in range(DAYS + 1)]
    weights = [
        HOURS[hour.hour]
        * WEEKDAYS[hour.weekday()]
        * (1 + GROWTH * (hour - start).days / DAYS)
        * moods[(hour - start).days]
        * min(1.0, (end - hour) / HOUR)
        for hour in hours
    ]
    cumulated = list(accumulate(weights))
    moments: list[datetime] = []
    while len(moments) < count:
        hour = chance.choices(hours, cum_weights=cumulated)[0]
        moment = hour + chance.random() * min(HOUR, end - hour) - BURST
        size = min(chance.choice(BURST_SIZES), count - len(moments))
        moments += [moment + chance.random() * BURST for _ in range(size)]
    return sorted(max(moment, start) for moment in moments)


class _Writer:
    """Writes one body after the other, remembering who was sent before."""

    def __init__(self, chance: random.Random, start: datetime) -> None:
        self._chance = chance
        self._start = start
        self._crowd = Crowd(chance)
        self._recent: dict[str, deque[dict[str, Any]]] = {s: deque(maxlen=RECENT) for s in (AUTO, MORTGAGE, BANK)}
        self._count = 0

    def arrival(self, at: datetime) -> Arrival:
        """The lead that comes at that moment."""
        chance = self._chance
        publisher = self._publisher((at - self._start).days)
        slug = chance.choices(list(publisher.verticals), list(publisher.verticals.values()))[0]
        seen = self._recent[slug]
        if seen and chance.random() < publisher.quality.get("repeat", 0) / 1_000:
            lead = rewritten(chance.choice(seen), chance)
        else:
            person = self._crowd.person()
            lead = answers(slug, person, at.month, at.weekday(), chance)
            lead["ip"] = person.ip
            flaw = self._flaw(publisher)
            if flaw:
                self._spoil(lead, flaw, slug)
            else:
                seen.append(lead)
        offer = self._offer(publisher, slug)
        self._count += 1
        body = {"vertical": slug, **lead, **self._envelope(publisher)}
        return Arrival(
            at, publisher.name, {publisher.dialect.get(name, name): value for name, value in body.items()}, offer
        )

    def _publisher(self, day: int) -> Publisher:
        there = [publisher for publisher in PUBLISHERS if publisher.first_day <= day]
        return self._chance.choices(there, [publisher.weight for publisher in there])[0]

    def _flaw(self, publisher: Publisher) -> str | None:
        point = self._chance.random() * 1_000
        for name, thousandths in publisher.quality.items():
            if name != "repeat":
                point -= thousandths
                if point < 0:
                    return name
        return None

    def _spoil(self, lead: dict[str, Any], flaw: str, slug: str) -> None:
        chance = self._chance
        made_up = f"{lead['first_name']}.{lead['last_name']}@example.com".lower()
        local, domain = (str(lead["email"]) or made_up).split("@")
        if flaw == "empty":
            lead["phone"], lead["email"] = chance.choice(("", "n/a", "0000000000")), chance.choice(("", "none", "-"))
        elif flaw == "bad_phone":
            lead["phone"] = chance.choice(("555-0142", "(999) 999-9999", "1234567890", "call me", lead["phone"][:-2]))
        elif flaw == "bad_email":
            lead["email"] = chance.choice((f"{local}@", f"{local}{domain}", f"{local}@@{domain}", f"{local}@example"))
        elif flaw == "disposable":
            lead["email"] = f"{local}@{chance.choice(DISPOSABLE)}"
        elif flaw == "mismatch":
            lead["state"] = self._crowd.other_state(str(lead["state"]))
        elif flaw == "missing":
            lead.pop({AUTO: "currently_insured", MORTGAGE: "credit"}.get(slug, "phone"))
        else:
            lead["age"] = chance.choice(("unknown", "190", "3", "thirty-five"))

    def _offer(self, publisher: Publisher, slug: str) -> int | None:
        places = [place for place, offer in enumerate(OFFERS) if offer.vertical == slug]
        if publisher.offers and self._chance.random() < TARGETED:
            return self._chance.choice(places)
        return None

    def _envelope(self, publisher: Publisher) -> dict[str, str]:
        chance = self._chance
        weights = [2**-place for place in range(len(publisher.channels))]
        channel = chance.choices(publisher.channels, weights)[0]
        envelope = {
            "channel": channel,
            "source": chance.choice(SOURCES),
            "sub1": f"{channel.replace('_', '-')}-{chance.randint(1, 4)}",
            "sub2": chance.choice(CREATIVES),
            "sub3": chance.choice(KEYWORDS),
            "reference": f"{publisher.name[:2].upper()}-{100_000 + self._count}",
            "user_agent": chance.choice(AGENTS),
        }
        if chance.random() < 0.45:
            envelope["consent"] = f"https://consent.example.com/certificates/{chance.getrandbits(64):016x}"
        return envelope


def bursts_of(arrivals: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """The arrivals, divided where nothing comes for a moment."""
    burst: list[Arrival] = []
    for arrival in arrivals:
        if burst and arrival.at - burst[0].at > BURST:
            yield burst
            burst = []
        burst.append(arrival)
    if burst:
        yield burst


def hours_of(
    arrivals: Sequence[Arrival], start: datetime, end: datetime
) -> Iterator[tuple[datetime, Sequence[Arrival]]]:
    """Every hour from `start` until `end`, each with its arrivals."""
    place = 0
    hour = start
    while hour <= end:
        first = place
        while place < len(arrivals) and arrivals[place].at < hour + HOUR:
            place += 1
        yield hour, arrivals[first:place]
        hour += HOUR
