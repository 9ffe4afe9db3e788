"""What the demo's people answer in the forms of each vertical."""

import random
from typing import Any

from marketplace.demo.people import Person
from marketplace.demo.verticals import AUTO, BANK, CREDIT, TIMEFRAMES

MAKES = ("Toyota", "Ford", "Honda", "Chevrolet", "Nissan", "Hyundai", "Subaru", "Kia", "Jeep", "Volkswagen")
CARRIERS = ("Northgate Mutual", "Plainfield", "Sentry Hill", "Blue Heron", "Tri-County Farmers")
MOST_LEFT_OUT = 0.75  # of the optional fields, by the least patient
WITHOUT_EMAIL = 0.14
CREDIT_WEIGHTS = (24, 38, 25, 13)
TIMEFRAME_WEIGHTS = (6, 13, 22, 29, 30)
JOBS = {
    "admin.": 25, "blue-collar": 22, "technician": 16, "services": 10, "management": 7, "entrepreneur": 4,
    "self-employed": 3, "housemaid": 3, "unemployed": 3, "unknown": 1,
}  # fmt: skip
EDUCATION = {
    "university.degree": 30, "high.school": 23, "basic.9y": 15, "professional.course": 13, "basic.4y": 10,
    "basic.6y": 5, "unknown": 4,
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def answers(slug: str, person: Person, month: int, weekday: int, chance: random.Random) -> dict[str, Any]:
    """The vertical's fields as this person fills them in on a day of that month (1 to 12) and weekday (Monday is 0)."""
    contact = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email,
               "phone": _formatted(person.phone, chance), "zip": person.zip, "state": person.state}  # fmt: skip
    if chance.random() < WITHOUT_EMAIL:
        contact["email"] = ""
    if slug == BANK:
        own, optional = {"country": "US", "age": person.age}, _bank(person, month, weekday, chance)
    else:
        own, optional = _auto(person, chance) if slug == AUTO else _mortgage(person, chance)
        optional |= {"address": person.address, "city": person.city}
    left_out = MOST_LEFT_OUT * chance.random() ** 2
    kept = {name: value for name, value in optional.items() if chance.random() >= left_out}
    return {**contact, **own, **kept}


def rewritten(sent: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same person once more, typed differently: other punctuation, capitals, or without the e-mail."""
    again = dict(sent)
    digits = "".join(c for c in str(sent["phone"]) if c.isdigit())[-10:]
    again["phone"] = _formatted(digits, chance)
    habit = chance.random()
    if habit < 0.4:
        again["email"] = str(sent["email"]).upper()
    elif habit < 0.6:
        again["email"] = ""
    if chance.random() < 0.3:
        again["first_name"], again["last_name"] = again["first_name"].upper(), again["last_name"].upper()
    return again


def _formatted(digits: str, chance: random.Random) -> str:
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    forms = (f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"+1{digits}", digits,
             f"{area}.{exchange}.{line}", f"1 {area} {exchange} {line}")  # fmt: skip
    return chance.choice(forms)


def _auto(person: Person, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    insured = chance.random() < 0.72
    required = {"age": person.age, "currently_insured": "yes" if insured else "no"}
    optional = {
        "coverage": chance.choices(("minimum", "standard", "full"), (25, 45, 30))[0],
        "vehicle_year": chance.randint(2004, 2025),
        "vehicle_make": chance.choice(MAKES),
        "vehicles": chance.choices((1, 2, 3, 4), (56, 31, 10, 3))[0],
        "accidents": chance.choices((0, 1, 2, 3), (74, 19, 5, 2))[0],
        "home_owner": "yes" if chance.random() < min(0.8, person.age / 75) else "no",
        "credit": chance.choices(CREDIT, CREDIT_WEIGHTS)[0],
        "timeframe": chance.choices(TIMEFRAMES, TIMEFRAME_WEIGHTS)[0],
    }
    return required, optional | ({"current_carrier": chance.choice(CARRIERS)} if insured else {})


def _mortgage(person: Person, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    value = round(chance.lognormvariate(12.85, 0.45), -3)
    required = {
        "loan_purpose": chance.choices(("purchase", "refinance", "home equity", "cash out"), (44, 32, 14, 10))[0],
        "loan_amount": int(round(value * chance.uniform(0.4, 0.95), -3)),
        "credit": chance.choices(CREDIT, CREDIT_WEIGHTS)[0],
    }
    optional = {
        "age": person.age,
        "property_value": f"{int(value):,}",
        "property_type": chance.choices(
            ("single family", "condominium", "townhouse", "multi family", "mobile home"), (62, 16, 13, 6, 3)
        )[0],
        "property_use": chance.choices(("primary residence", "second home", "investment"), (80, 8, 12))[0],
        "income": int(round(value * chance.uniform(0.18, 0.42), -2)),
        "employment": "retired" if person.age > 66 else chance.choices(("employed", "self-employed"), (82, 18))[0],
        "veteran": "yes" if chance.random() < 0.11 else "no",
        "first_home": "yes" if person.age < 38 and chance.random() < 0.6 else "no",
        "timeframe": chance.choices(TIMEFRAMES, TIMEFRAME_WEIGHTS)[0],
    }
    return required, optional


def _bank(person: Person, month: int, weekday: int, chance: random.Random) -> dict[str, Any]:
    known_before = chance.random() < 0.14
    job = chance.choices(list(JOBS), list(JOBS.values()))[0]
    if person.age > 64 or person.age < 23:
        job = "retired" if person.age > 64 else "student"
    young = 0.65 if person.age < 30 else 0.2
    single = "single" if chance.random() < young else "married"
    return {
        "job": job,
        "marital": "divorced" if person.age > 30 and chance.random() < 0.13 else single,
        "education": chance.choices(list(EDUCATION), list(EDUCATION.values()))[0],
        "credit_default": chance.choices(("no", "unknown", "yes"), (79, 20, 1))[0],
        "housing_loan": chance.choices(("yes", "no", "unknown"), (52, 45, 3))[0],
        "personal_loan": chance.choices(("no", "yes", "unknown"), (82, 15, 3))[0],
        "contact_channel": chance.choices(("cellular", "telephone"), (64, 36))[0],
        "month": MONTHS[month - 1],
        "weekday": ("mon", "tue", "wed", "thu", "fri")[min(weekday, 4)],
        "contacts_this_campaign": min(12, 1 + int(chance.expovariate(0.7))),
        "previous_contacts": chance.randint(1, 4) if known_before else 0,
        "previous_outcome": chance.choice(("failure", "failure", "success")) if known_before else "nonexistent",
    }
