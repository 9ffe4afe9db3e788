"""Made-up leads, each a person of its own, ready as JSON bytes before the clock starts."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import zipcodes

from marketplace.verticals.fields import Field

AREA_CODES = ("240", "309", "402", "447", "531", "573", "575", "619")
NUMBERS = len(AREA_CODES) * 800 * 10_000  # exchanges 200 to 999, four digits
STRIDE = 7_368_787  # has no factor in common with NUMBERS, so it visits each once, in no visible order
FIRST = ("Ada", "Ben", "Carla", "Dan", "Elena", "Frank", "Grace", "Hugo", "Iris", "John", "Karen", "Luis", "Mary")
LAST = ("Adams", "Baker", "Chen", "Diaz", "Evans", "Foster", "Garcia", "Hall", "Ito", "Jones", "Khan", "Lopez")
SOURCES = ("quote-form", "landing-b", "newsletter", "comparison", "retarget")
CHANNELS = ("paid_search", "organic", "social", "email", "affiliate", "referral", "display")
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
FILLED_IN = 0.85  # of the optional fields
BAD_PHONE, SENT_BEFORE = 0.02, 0.02  # of all leads: rejected, duplicate


def places() -> list[tuple[str, str]]:
    """ZIP codes in use in the states, each with its state."""
    rows: list[dict[str, Any]] = zipcodes.list_all()
    return [(row["zip_code"], row["state"]) for row in rows if row["active"] and row["zip_code_type"] == "STANDARD"]


class Crowd:
    """An endless crowd of people who answer forms; `verticals` gives the fields of each form by its slug."""

    def __init__(self, verticals: Mapping[str, Sequence[Field]], seed: int) -> None:
        self._verticals = list(verticals.items())
        self._random = random.Random(seed)
        self._places = places()
        self._serials: Iterator[int] = iter(range(NUMBERS))

    def leads(self, count: int) -> list[bytes]:
        """The next `count` leads, as JSON."""
        return [json.dumps(self._lead(next(self._serials))).encode() for _ in range(count)]

    def _lead(self, serial: int) -> dict[str, Any]:
        chance = self._random.random()
        if chance < SENT_BEFORE:
            serial = max(0, serial - 40)
        slug, fields = self._verticals[serial % len(self._verticals)]
        person = self._person(serial)
        if chance > 1 - BAD_PHONE:
            person["phone"] = "555-0100"
        lead = {"vertical": slug, **self._envelope(serial)}
        for field in fields:
            if field.name in person:
                lead[field.name] = person[field.name]
            elif field.required or self._random.random() < FILLED_IN:
                lead[field.name] = self._answer(field)
        return lead

    def _person(self, serial: int) -> dict[str, str]:
        number = serial * STRIDE % NUMBERS
        area, rest = AREA_CODES[number % len(AREA_CODES)], number // len(AREA_CODES)
        zip_code, state = self._random.choice(self._places)
        first, last = self._random.choice(FIRST), self._random.choice(LAST)
        return {
            "first_name": first,
            "last_name": last,
            "phone": f"({area}) {200 + rest // 10_000}-{rest % 10_000:04d}",
            "email": f"{first}.{last}.{serial}@mail{serial % 7}.example.com",
            "zip": zip_code,
            "state": state,
        }

    def _envelope(self, serial: int) -> dict[str, str]:
        return {
            "channel": self._random.choice(CHANNELS),
            "source": self._random.choice(SOURCES),
            "sub1": f"campaign-{serial % 50}",
            "reference": f"r{serial}",
            "ip": f"203.0.113.{serial % 256}",
            "user_agent": AGENT,
            "consent": f"https://cert.example.com/{serial:012x}",
        }

    def _answer(self, field: Field) -> str:
        if field.choices:
            return self._random.choice(field.choices)
        if field.type == "boolean":
            return self._random.choice(("yes", "no"))
        return str(self._random.randint(int(field.lowest or 0), int(field.highest or 100)))
