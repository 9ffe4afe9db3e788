"""A bought lead at a glance: whose it is and where, found by the types of its vertical's fields. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.verticals.fields import Field

_WHOLE_NAMES = ("full_name", "name", "contact_name")
_NAME_PARTS = ("first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Contact:
    """The person behind a lead; empty where the vertical does not ask or the person was forgotten."""

    name: str = ""
    phone: str = ""
    email: str = ""
    state: str = ""
    zip: str = ""

    @property
    def place(self) -> str:
        """State and ZIP code."""
        return f"{self.state} {self.zip}".strip()


def contact_of(fields: Sequence[Field], values: Mapping[str, Any]) -> Contact:
    """The contact in a lead's values."""

    def first(type_: str) -> str:
        return next((str(values[f.name]) for f in fields if f.type == type_ and f.name in values), "")

    return Contact(_name(values), first("phone"), first("email"), first("state"), first("zip"))


def _name(values: Mapping[str, Any]) -> str:
    whole = next((str(values[name]) for name in _WHOLE_NAMES if name in values), "")
    return whole or " ".join(str(values[part]) for part in _NAME_PARTS if part in values)


def shown(value: Any) -> str:
    """A field's value as pages and exports write it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
