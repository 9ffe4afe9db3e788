"""The typed fields of a vertical: reading one value as its type. Pure: values in, values or a refusal out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import phonenumbers
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

from marketplace.verticals.geography import STATES, place_of_zip, state_code

Value = str | int | float | bool


class Refused(ValueError):
    """The value is not one of its field's type; `code` is stable, the message says what is accepted."""

    def __init__(self, code: str, message: str, allowed: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.allowed = code, message, allowed


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a vertical. `lowest` and `highest` bound numbers; `choices` are the values of a choice."""

    name: str
    label: str
    type: str
    required: bool = False
    personal: bool = False
    example: str = ""
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    lowest: float | None = None
    highest: float | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Field":
        """The field as a vertical's version stores it."""
        values = dict(stored)
        values["aliases"] = tuple(values.get("aliases", ()))
        values["choices"] = tuple(values.get("choices", ()))
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """The field as a vertical's version stores it; what is empty is left out."""
        stored = {name: getattr(self, name) for name in self.__slots__}
        stored = {name: list(v) if isinstance(v, tuple) else v for name, v in stored.items()}
        empty: tuple[Any, ...] = (None, False, [], "")
        # A bound of 0 is no empty value, although 0 == False.
        return {name: v for name, v in stored.items() if v not in empty or (v == 0 and v is not False)}

    @property
    def allowed(self) -> Any:
        """What the API says is accepted here."""
        if self.type == "choice":
            return list(self.choices)
        if self.type == "number" and (self.lowest is not None or self.highest is not None):
            return {"minimum": self.lowest, "maximum": self.highest}
        return TYPES[self.type].accepts

    def read(self, raw: Any) -> Value:
        """The normalised value. Raises Refused."""
        if isinstance(raw, (dict, list)):
            raise Refused("type", "must be a single value, not a list or an object", self.allowed)
        text = str(raw).strip() if not isinstance(raw, bool) else ("yes" if raw else "no")
        return TYPES[self.type].read(self, text)


@dataclass(frozen=True, slots=True)
class FieldType:
    """A type of field: its name on pages, what it accepts in words, and its reader."""

    title: str
    accepts: str
    read: Callable[[Field, str], Value]


_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")
_ZIP = re.compile(r"\d{5}([- ]?\d{4})?")
_TRUE = {"yes", "y", "true", "t", "1", "on"}
_FALSE = {"no", "n", "false", "f", "0", "off"}
_DATE_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d")
_LONGEST_TEXT = 2_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _text(field: Field, text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise Refused("length", f"must have at most {_LONGEST_TEXT} characters")
    if _CONTROL.search(text):
        raise Refused("characters", "must not hold control characters")
    return _SPACES.sub(" ", text)


def _number(field: Field, text: str) -> int | float:
    plain = text.replace(",", "").replace("$", "").replace("_", "").strip()
    if not _NUMBER.fullmatch(plain):
        raise Refused("number", "must be a number", field.allowed)
    value = float(plain)
    low, high = field.lowest, field.highest
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refused("range", f"must lie between {low} and {high}", field.allowed)
    return int(value) if value.is_integer() else value


def _choice(field: Field, text: str) -> str:
    wanted = text.casefold()
    for choice in field.choices:
        if choice.casefold() == wanted:
            return choice
    raise Refused("choice", "must be one of the accepted values", field.allowed)


def _date(field: Field, text: str) -> str:
    for form in _DATE_FORMATS:
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        if date(1900, 1, 1) <= found <= date(2100, 1, 1):
            return found.isoformat()
    raise Refused("date", "must be a date", field.allowed)


def _boolean(field: Field, text: str) -> bool:
    folded = text.casefold()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise Refused("boolean", "must be yes or no", field.allowed)


def _zip(field: Field, text: str) -> str:
    if not _ZIP.fullmatch(text):
        raise Refused("zip_invalid", "must be a ZIP code of 5 or 9 digits", field.allowed)
    if place_of_zip(text[:5]) is None:
        raise Refused("zip_unknown", "is no ZIP code in use", field.allowed)
    return text[:5]


def _state(field: Field, text: str) -> str:
    code = state_code(text)
    if code is None:
        raise Refused("state_invalid", "must be a US state", sorted(STATES))
    return code


# A US number as forms write it; what the library's parser makes of it is known, and takes it 40 µs to find out.
_US_PHONE = re.compile(r"\(?([2-9]\d\d)\)?[ .-]{0,2}(\d{3})[ .-]?(\d{4})", re.ASCII)


def _phone(field: Field, text: str) -> str:
    try:
        plain = _US_PHONE.fullmatch(text)
        if plain:
            number = phonenumbers.PhoneNumber(country_code=1, national_number=int("".join(plain.groups())))
        else:
            number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        raise Refused("bad_phone", "is no telephone number", field.allowed) from None
    if not phonenumbers.is_valid_number(number):
        raise Refused("bad_phone", "is no telephone number in use", field.allowed)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def _email_domain_fault(domain: str) -> str | None:
    """What is wrong with an e-mail's domain; most leads come from few domains, so it is remembered."""
    try:
        validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError as error:
        return str(error)
    return None


_PLAIN_LOCAL = re.compile(r"[a-z0-9]+([._+-][a-z0-9]+)*", re.ASCII)


def _email(field: Field, text: str) -> str:
    """email-validator decides; a plain local part at a domain it has passed before needs no second look."""
    folded = text.lower()
    local, _, domain = folded.rpartition("@")
    plain = bool(_PLAIN_LOCAL.fullmatch(local)) and len(local) <= 64 and len(folded) <= 254
    if not (plain and domain and _email_domain_fault(domain) is None):
        try:
            folded = validate_email(folded, check_deliverability=False).normalized.lower()
        except EmailNotValidError as error:
            raise Refused("bad_email", f"is not well formed: {error}", field.allowed) from None
    parts = domain.split(".")
    if any(".".join(parts[i:]) in blocklist for i in range(len(parts) - 1)):
        raise Refused("disposable_email", "belongs to a provider of throw-away addresses", field.allowed)
    return folded


TYPES: dict[str, FieldType] = {
    "text": FieldType("Text", f"text of up to {_LONGEST_TEXT} characters", _text),
    "number": FieldType("Number", "a number, such as 42 or 1,250.50", _number),
    "choice": FieldType("Choice", "one of the listed values", _choice),
    "date": FieldType("Date", "a date as 2026-01-31 or 01/31/2026", _date),
    "boolean": FieldType("Yes or no", "yes, no, true, false, 1 or 0", _boolean),
    "zip": FieldType("ZIP code", "a US ZIP code of 5 or 9 digits", _zip),
    "state": FieldType("US state", "a US state, as CA or California", _state),
    "phone": FieldType("Phone", "a US number or one with + and country code", _phone),
    "email": FieldType("E-mail", "an e-mail address, such as ada@example.com", _email),
}
CONTACT_TYPES = ("phone", "email")
