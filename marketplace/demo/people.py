"""Made-up people at real places: names from short lists, telephone numbers of the 555 exchange that are in nobody's
use, e-mail addresses below the domains set aside for examples. Nobody real can be meant.

The numbers best known from fiction, 555-0100 to 555-0199, are left free: whoever tries Fairlead, or imports test
data, uses those, and is not to find them taken by the demo.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import zipcodes

MAIL_DOMAINS = ("people.example.com", "people.example.net", "people.example.org", "box.example.com")
UNUSED = range(200, 400)  # 555-0200 to 555-0399

# Residents in hundred thousands: where leads come from.
RESIDENTS = {
    "CA": 390, "TX": 305, "FL": 226, "NY": 196, "PA": 130, "IL": 125, "OH": 118, "GA": 110, "NC": 108, "MI": 100,
    "NJ": 93, "VA": 87, "WA": 78, "AZ": 74, "TN": 71, "MA": 70, "IN": 69, "MO": 62, "MD": 62, "WI": 59, "CO": 59,
    "MN": 57, "SC": 54, "AL": 51, "LA": 46, "KY": 45, "OR": 42, "OK": 41, "CT": 36, "UT": 34, "IA": 32, "NV": 32,
    "AR": 31, "KS": 29, "MS": 29, "NM": 21, "NE": 20, "ID": 20, "WV": 18, "HI": 14, "NH": 14, "ME": 14, "MT": 11,
    "RI": 11, "DE": 10, "SD": 9, "ND": 8, "AK": 7, "DC": 7, "VT": 6, "WY": 6,
}  # fmt: skip

FIRST = (
    "Aaron", "Abigail", "Adrian", "Aisha", "Alan", "Alicia", "Amara", "Amy", "Andre", "Angela", "Anita", "Anton",
    "April", "Arjun", "Ashley", "Barbara", "Benjamin", "Beth", "Brandon", "Brenda", "Brian", "Caleb", "Camila", "Carl",
    "Carmen", "Caroline", "Cedric", "Chloe", "Christina", "Claire", "Colin", "Dana", "Daniel", "Darius", "Deborah",
    "Derek", "Diana", "Dominic", "Donna", "Edith", "Eduardo", "Elaine", "Elena", "Eli", "Emma", "Eric", "Esther",
    "Evan", "Faith", "Felix", "Fiona", "Frank", "Gabriel", "George", "Gloria", "Grace", "Greg", "Hannah", "Harold",
    "Heather", "Hector", "Helen", "Henry", "Ian", "Imani", "Irene", "Isaac", "Isabel", "Ivan", "Jack", "Jamal",
    "Janet", "Jasmine", "Joan", "Joel", "Jorge", "Joyce", "Julia", "Karen", "Keith", "Kendra", "Kevin", "Laura",
    "Leah", "Leon", "Linda", "Logan", "Lucia", "Luis", "Malik", "Marcus", "Maria", "Martin", "Megan", "Mei", "Miguel",
    "Monica", "Nadia", "Nathan", "Nina", "Noah", "Olga", "Oliver", "Omar", "Owen", "Pamela", "Patrick", "Paula",
    "Priya", "Quinn", "Rachel", "Ramon", "Rebecca", "Ronald", "Rosa", "Ruth", "Samuel", "Sara", "Sean", "Sonia",
    "Stella", "Steven", "Tara", "Theo", "Tina", "Trevor", "Valerie", "Victor", "Vincent", "Walter", "Wendy", "Yusuf",
)  # fmt: skip
LAST = (
    "Abbott", "Acosta", "Alvarez", "Anders", "Archer", "Bailey", "Banks", "Barnes", "Bauer", "Becker", "Bishop",
    "Blake", "Boone", "Bradley", "Brooks", "Burke", "Byrne", "Calder", "Castro", "Chan", "Clayton", "Cohen", "Collins",
    "Conrad", "Cruz", "Dalton", "Delgado", "Dixon", "Doyle", "Duran", "Ellis", "Emerson", "Espinoza", "Farley",
    "Fields", "Fleming", "Fowler", "Frost", "Fuentes", "Gallagher", "Garner", "Gibbs", "Goodwin", "Graves", "Hansen",
    "Harper", "Hayes", "Herrera", "Hobbs", "Holland", "Hughes", "Ingram", "Iyer", "Jacobs", "Jensen", "Kaplan",
    "Keller", "Kim", "Knox", "Lambert", "Larsen", "Lawson", "Lindgren", "Lowe", "Maddox", "Malone", "Marsh", "Mendez",
    "Mercer", "Monroe", "Morales", "Nash", "Navarro", "Nguyen", "Norris", "Novak", "Okafor", "Olsen", "Ortega",
    "Osborne", "Palmer", "Parrish", "Patel", "Peck", "Petrov", "Pierce", "Quinlan", "Ramsey", "Reeves", "Rhodes",
    "Riley", "Romero", "Rossi", "Rowe", "Salazar", "Sanders", "Schmidt", "Shaw", "Silva", "Snyder", "Soto", "Stone",
    "Sutton", "Tanaka", "Tate", "Thorne", "Torres", "Underwood", "Vance", "Vega", "Voss", "Wade", "Walsh", "Watts",
    "Webb", "Weiss", "Whitaker", "Wilder", "Winters", "Wong", "Yates", "York", "Young", "Zamora", "Zimmer",
)  # fmt: skip
STREETS = ("Harbor Street", "Maple Avenue", "Mill Road", "Oak Lane", "Orchard Drive", "Park Place", "Ridge Court",
           "River Road", "Station Street", "Sunset Boulevard", "Willow Way")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who fills in forms. `phone` is ten digits."""

    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    zip: str
    state: str
    age: int
    ip: str


class Crowd:
    """People without end, all different: no two share a telephone number or an e-mail address."""

    def __init__(self, chance: random.Random) -> None:
        """Everything about these people is drawn from `chance`."""
        self._chance = chance
        self._places = _places()
        self._states = list(self._places)
        self._weights = list(accumulate(RESIDENTS[state] for state in self._states))
        codes = {code for rows in self._places.values() for row in rows for code in row["area_codes"]}
        self._numbers: dict[str, list[int]] = {code: [] for code in sorted(codes)}
        for numbers in self._numbers.values():
            numbers.extend(chance.sample(UNUSED, len(UNUSED)))
        self._count = 0

    def person(self) -> Person:
        """The next one. Raises LookupError when every unused number is taken (there are some 76,000)."""
        chance = self._chance
        place, phone = self._place_and_phone()
        self._count += 1
        first, last = chance.choice(FIRST), chance.choice(LAST)
        joint = chance.choice((".", "", "_"))
        return Person(
            first,
            last,
            f"{first}{joint}{last}{self._count}@{chance.choice(MAIL_DOMAINS)}".lower(),
            phone,
            f"{chance.randint(1, 980)} {chance.choice(STREETS)}",
            place["city"],
            place["zip_code"],
            place["state"],
            min(88, 18 + int(chance.gammavariate(3.2, 8.5))),
            f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randint(1, 254)}",
        )

    def other_state(self, state: str) -> str:
        """Some state that is not this one."""
        return self._chance.choice([other for other in self._states if other != state])

    def _place_and_phone(self) -> tuple[dict[str, Any], str]:
        for _ in range(1_000):
            state = self._chance.choices(self._states, cum_weights=self._weights)[0]
            place = self._chance.choice(self._places[state])
            code = self._chance.choice(place["area_codes"])
            if self._numbers[code]:
                return place, f"{code}555{self._numbers[code].pop():04d}"
        raise LookupError("every unused telephone number is taken")


def _places() -> dict[str, list[dict[str, Any]]]:
    """ZIP codes that people live in, by state."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows: Iterable[dict[str, Any]] = zipcodes.list_all()
    for row in rows:
        if row["active"] and row["zip_code_type"] == "STANDARD" and row["area_codes"] and row["state"] in RESIDENTS:
            found[row["state"]].append(row)
    return {state: found[state] for state in RESIDENTS}
