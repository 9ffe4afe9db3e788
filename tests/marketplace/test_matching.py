"""The order book against the plain meaning of its filters: `Filter.first_failing` over every order."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import matching
from marketplace.matching import BookedOrder, OrderBook
from marketplace.orders.filters import Condition, Filter
from marketplace.verticals.fields import Value

# Few values and few bounds, so that they meet: edges of ranges, shared values, attributes nobody asks about.
CHOICES: dict[str, list[Value]] = {
    "state": ["CA", "NY", "TX", "NE"],
    "owner": [True, False],
    "zip": ["00501", "68647", "90210"],
    "make": ["Ford", "other"],
}
NUMBERS: list[Value] = [-1, 0, 17, 18, 18.5, 25, 65, 99, 10**12]
DATES: list[Value] = ["1999-12-31", "2000-01-01", "2000-01-02", "2026-11-22"]
RANGES: dict[str, list[Value]] = {"age": NUMBERS, "income": NUMBERS, "born": DATES}
ADVERTISERS = [UUID(int=number) for number in range(1, 4)]


def lists(values: list[Value]) -> st.SearchStrategy[frozenset[Value]]:
    return st.frozensets(st.sampled_from(values), min_size=1)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """One condition as orders have them, on a field of its type."""
    kind = draw(st.sampled_from(("in", "not_in", "range")))
    if kind == "range":
        name = draw(st.sampled_from(sorted(RANGES)))
        low, high = (draw(st.none() | st.sampled_from(RANGES[name])) for _ in range(2))
        return Condition(name, low=low, high=high)
    among = {**CHOICES, **RANGES}  # numbers and dates may be listed, too
    name = draw(st.sampled_from(sorted(among)))
    values = draw(lists(among[name]))
    return Condition(name, among=values) if kind == "in" else Condition(name, not_among=values)


@st.composite
def orders(draw: st.DrawFn) -> list[BookedOrder]:
    """Up to 70 orders with few different prices, in any order."""
    drawn = draw(
        st.lists(
            st.tuples(st.integers(1, 4), st.sampled_from(ADVERTISERS), st.lists(conditions(), max_size=5)), max_size=70
        )
    )
    numbers = draw(st.permutations(range(len(drawn))))
    return [
        BookedOrder(
            order_id=UUID(int=1_000 + number),
            revision_id=UUID(int=5_000 + number),
            advertiser_id=advertiser,
            wallet_id=advertiser,
            price=price,
            filter=Filter(tuple(asked)),
        )
        for number, (price, advertiser, asked) in zip(numbers, drawn, strict=True)
    ]


def leads() -> st.SearchStrategy[dict[str, Value]]:
    """A lead's attributes; each may be missing, and its numbers lie on, beside and between the bounds."""
    near = [n + step for n in NUMBERS if not isinstance(n, str) for step in (-1, -0.5, 0, 0.5, 1)]
    known = {name: st.sampled_from([*values, "elsewhere"]) for name, values in CHOICES.items() if name != "owner"}
    known |= {"owner": st.booleans(), "age": st.sampled_from(near), "income": st.sampled_from(near)}
    known |= {"born": st.sampled_from(DATES)}
    return st.fixed_dictionaries({}, optional=known)


def plain(book: list[BookedOrder], lead: Mapping[str, Value], only: UUID | None) -> list[BookedOrder]:
    """What the book must find, the slow and obvious way."""
    wanted = [order for order in book if only is None or order.advertiser_id == only]
    wanted = [order for order in wanted if order.filter.first_failing(lead) is None]
    return sorted(wanted, key=lambda order: (-order.price, order.revision_id))


@pytest.mark.parametrize("most_rows", [0, 100])  # rows made from postings each time; rows kept
@given(orders(), st.lists(leads(), min_size=1, max_size=8), st.none() | st.sampled_from([*ADVERTISERS, UUID(int=9)]))
def test_the_book_finds_what_the_filters_mean(
    most_rows: int, listed: list[BookedOrder], people: list[dict[str, Value]], only: UUID | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MOST_ROWS", most_rows)
        book = OrderBook(listed)
    for lead in people:
        found = [book.orders[place] for place in book.matches(lead, only)]
        assert found == plain(listed, lead, only)


def order(number: int, *asked: Condition, price: int = 10, advertiser: UUID = ADVERTISERS[0]) -> BookedOrder:
    return BookedOrder(UUID(int=number), UUID(int=number), advertiser, advertiser, price, Filter(asked))


def matched(book: OrderBook, lead: Mapping[str, Value], only: UUID | None = None) -> list[int]:
    return [book.orders[place].order_id.int for place in book.matches(lead, only)]


def test_the_best_price_comes_first_and_the_older_revision_among_equals() -> None:
    book = OrderBook([order(3, price=5), order(2, price=9), order(4, price=7), order(1, price=5)])
    assert matched(book, {}) == [2, 4, 1, 3]
    assert [book.place_of[UUID(int=number)] for number in (2, 4, 1, 3)] == [0, 1, 2, 3]


@pytest.mark.parametrize(("age", "found"), [(17, []), (18, [1]), (64.5, [1]), (65, [1]), (65.5, [])])
def test_both_ends_of_a_range_are_inside(age: float, found: list[int]) -> None:
    assert matched(OrderBook([order(1, Condition("age", low=18, high=65))]), {"age": age}) == found


def test_two_lists_on_one_field_are_what_they_share() -> None:
    both = (Condition("state", among=frozenset({"CA", "NY"})), Condition("state", among=frozenset({"NY", "TX"})))
    book = OrderBook([order(1, *both)])
    assert [matched(book, {"state": state}) for state in ("CA", "NY", "TX")] == [[], [1], []]


def test_a_list_and_its_exceptions_on_one_field() -> None:
    book = OrderBook([order(1, Condition("zip", among=frozenset("abc")), Condition("zip", not_among=frozenset("b")))])
    assert [matched(book, {"zip": zip_code}) for zip_code in "abcd"] == [[1], [], [1], []]


def test_a_missing_value_passes_only_where_nobody_asks() -> None:
    asked = [
        Condition("state", among=frozenset({"CA"})),
        Condition("state", not_among=frozenset({"CA"})),
        Condition("age", low=18),
    ]
    book = OrderBook([order(number, condition) for number, condition in enumerate(asked, 1)] + [order(4)])
    assert matched(book, {}) == [4]
    assert matched(book, {"state": "CA", "age": 18}) == [1, 3, 4]


def test_a_targeted_lead_is_matched_with_one_advertisers_orders_only() -> None:
    book = OrderBook([order(1), order(2, advertiser=ADVERTISERS[1]), order(3, Condition("age", low=90))])
    assert matched(book, {"age": 30}, ADVERTISERS[0]) == [1]
    assert matched(book, {"age": 30}, UUID(int=77)) == []


def test_an_empty_book_matches_nothing() -> None:
    assert matched(OrderBook([]), {"age": 30}) == []
