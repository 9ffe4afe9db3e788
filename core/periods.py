"""Days in UTC, and the range of days that an address asks for with `from` and `to`, both included."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import request
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute


def start_of(day: date) -> datetime:
    """The day's first moment."""
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment of `first` to the last of `last`; None where that end is open."""

    first: date | None
    last: date | None

    def conditions(self, column: InstrumentedAttribute[datetime] | ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """What `column` must satisfy."""
        found = []
        if self.first:
            found.append(column >= start_of(self.first))
        if self.last:
            found.append(column < start_of(self.last + timedelta(days=1)))
        return found


def asked_period() -> Period:
    """The range in the address; what is no day is passed over."""
    return Period(_day("from"), _day("to"))


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None
