"""Which orders want a lead, best price first. A candidate generator: the sale itself checks again under locks.

One book per vertical, its orders in descending order of price (ties: the older revision first). For each
attribute the book knows which orders ask about it; a lead is matched by narrowing one bit array per attribute.
`Filter.first_failing` over all orders is the plain meaning, and the tests hold the book against it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from marketplace.orders.filters import Condition, Filter
from marketplace.verticals.fields import Value

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
NOWHERE: Places = np.array([], np.intp)
MOST_ROWS = 100  # values of an attribute for which a row each is kept; beyond, rows are made from postings


@dataclass(frozen=True, slots=True)
class BookedOrder:
    """An order as the market sees it: its current revision. Prices and caps in micros, None for no cap."""

    order_id: UUID
    revision_id: UUID
    advertiser_id: UUID
    wallet_id: UUID
    price: int
    filter: Filter
    day_leads_cap: int | None = None
    day_spend_cap: int | None = None
    total_leads_cap: int | None = None
    total_spend_cap: int | None = None
    endpoint_id: UUID | None = None


class _Sets:
    """The in and not_in conditions on one attribute, as postings by value."""

    def __init__(self, size: int) -> None:
        self._free: Mask = np.ones(size, bool)  # orders that do not ask for membership
        self._silent: Mask = np.ones(size, bool)  # orders that do not ask at all
        self._wanted: dict[Value, list[int]] = defaultdict(list)
        self._unwanted: dict[Value, list[int]] = defaultdict(list)
        self._wanting: dict[Value, Places] = {}
        self._refusing: dict[Value, Places] = {}
        self._rows: dict[Value, Mask] = {}

    def add(self, place: int, condition: Condition) -> None:
        self._silent[place] = False
        if condition.among is not None:
            self._free[place] = False
            for value in condition.among:
                self._wanted[value].append(place)
        for value in condition.not_among or ():
            self._unwanted[value].append(place)

    def seal(self) -> None:
        """Turn the postings into arrays and, where the attribute has few values, into one row for each."""
        self._wanting = {value: np.array(places, np.intp) for value, places in self._wanted.items()}
        self._refusing = {value: np.array(places, np.intp) for value, places in self._unwanted.items()}
        self._wanted, self._unwanted = {}, {}
        values = self._wanting.keys() | self._refusing.keys()
        if len(values) <= MOST_ROWS:
            self._rows = {value: self._row(value) for value in values}

    def narrow(self, mask: Mask, value: Value | None) -> None:
        if value is None:
            mask &= self._silent
            return
        row = self._rows.get(value)
        mask &= self._row(value) if row is None else row

    def _row(self, value: Value) -> Mask:
        row = self._free.copy()
        row[self._wanting.get(value, NOWHERE)] = True
        row[self._refusing.get(value, NOWHERE)] = False
        return row


class _Ranges:
    """The range conditions on one attribute: bounds of those orders that ask."""

    def __init__(self) -> None:
        self._places: list[int] = []
        self._low: list[float] = []
        self._high: list[float] = []
        self._arrays: tuple[Places, npt.NDArray[np.float64], npt.NDArray[np.float64]] | None = None

    def add(self, place: int, condition: Condition) -> None:
        self._places.append(place)
        self._low.append(-np.inf if condition.low is None else _number(condition.low))
        self._high.append(np.inf if condition.high is None else _number(condition.high))

    def seal(self) -> None:
        self._arrays = (np.array(self._places, np.intp), np.array(self._low), np.array(self._high))

    def narrow(self, mask: Mask, value: Value | None) -> None:
        assert self._arrays is not None
        places, low, high = self._arrays
        if value is None:
            mask[places] = False
            return
        number = _number(value)
        mask[places[(low > number) | (high < number)]] = False


class OrderBook:
    """The active orders of one vertical. Immutable; a change of orders makes a new book."""

    def __init__(self, orders: Sequence[BookedOrder]) -> None:
        """Order the book and build its indexes."""
        self.orders = sorted(orders, key=lambda o: (-o.price, o.revision_id))
        self._sets: dict[str, _Sets] = {}
        self._ranges: dict[str, _Ranges] = {}
        self._by_advertiser: dict[UUID, list[int]] = defaultdict(list)
        self.place_of = {order.revision_id: place for place, order in enumerate(self.orders)}
        for place, order in enumerate(self.orders):
            self._by_advertiser[order.advertiser_id].append(place)
            for condition in _merged(order.filter.conditions):
                self._index(place, condition)
        for sets in self._sets.values():
            sets.seal()
        for ranges in self._ranges.values():
            ranges.seal()

    def _index(self, place: int, condition: Condition) -> None:
        if condition.among is None and condition.not_among is None:
            self._ranges.setdefault(condition.field, _Ranges()).add(place, condition)
        else:
            sets = self._sets.get(condition.field)
            if sets is None:
                sets = self._sets[condition.field] = _Sets(len(self.orders))
            sets.add(place, condition)

    def matches(self, attributes: Mapping[str, Value], only_advertiser: UUID | None = None) -> Places:
        """The places in `orders` of all whose filters pass, best first."""
        mask: Mask
        if only_advertiser is None:
            mask = np.ones(len(self.orders), bool)
        else:
            mask = np.zeros(len(self.orders), bool)
            mask[self._by_advertiser.get(only_advertiser, [])] = True
        for name, sets in self._sets.items():
            sets.narrow(mask, attributes.get(name))
        for name, ranges in self._ranges.items():
            ranges.narrow(mask, attributes.get(name))
        return np.flatnonzero(mask)


def _merged(conditions: Sequence[Condition]) -> Iterator[Condition]:
    """At most one membership test for each field: two lists of wanted values are what they share."""
    among: dict[str, frozenset[Value]] = {}
    for condition in conditions:
        if condition.among is None:
            yield condition
        else:
            known = among.get(condition.field)
            among[condition.field] = condition.among if known is None else known & condition.among
    for name, values in among.items():
        yield Condition(name, among=values)


def _number(value: Value) -> float:
    """A bound or value of a range as a number; a date (ISO text) as its digits, which sort alike."""
    return float(value.replace("-", "")) if isinstance(value, str) else float(value)
