"""Money: exact, and splits that lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import AmountError, decimal_text, parse_amount, share, shown, split

amounts = st.integers(0, 10**15)


@given(amounts, st.lists(st.integers(0, 10_000), min_size=1, max_size=9).filter(any))
def test_a_split_sums_to_the_whole_and_is_fair(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(amounts, st.integers(0, 10_000))
def test_a_share_and_its_rest_are_the_whole(total: int, rate: int) -> None:
    assert 0 <= share(total, rate) <= total
    assert share(total, 10_000) == total and share(total, 0) == 0


@given(amounts)
def test_writing_and_reading_an_amount_changes_nothing(micros: int) -> None:
    assert parse_amount(decimal_text(micros)) == micros


@pytest.mark.parametrize("text", ["", "-1", "1.0000001", "abc", "1e99", "NaN", "Infinity", "1,000", "9000000000.01"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text)


def test_how_amounts_look() -> None:
    assert [decimal_text(m) for m in (0, 12_500_000, 1, -18_006_000)] == ["0.00", "12.50", "0.000001", "-18.006"]
    assert [shown(m) for m in (1_234_567_890_000, 5_000, 15_000)] == ["1,234,567.89", "0.00", "0.02"]
