"""Money: integer micros (1/1,000,000 of the currency's unit). Pure; never a float."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

MICROS = 1_000_000
BASIS_POINTS = 10_000
LARGEST = 9_000_000_000 * MICROS  # well inside BIGINT, so sums of amounts do not overflow


class AmountError(ValueError):
    """The text is not an amount of money; the message says what is accepted."""


def parse_amount(text: str) -> int:
    """Micros from a decimal text such as `12.50`; up to six decimals, no sign, no thousands separator.

    Raises AmountError.
    """
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise AmountError("must be an amount such as 12.50") from None
    if not amount.is_finite() or amount < 0:
        raise AmountError("must be an amount of zero or more, such as 12.50")
    micros = amount * MICROS
    if micros != micros.to_integral_value():
        raise AmountError("must have at most six decimals")
    if micros > LARGEST:
        raise AmountError("must be at most 9,000,000,000")
    return int(micros)


def decimal_text(micros: int) -> str:
    """The amount as the API writes it: at least two decimals, at most six, exact."""
    sign = "-" if micros < 0 else ""
    units, rest = divmod(abs(micros), MICROS)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{decimals}"


def shown(micros: int) -> str:
    """The amount as a page shows it: two decimals, thousands separated, rounded half to even."""
    return f"{(Decimal(micros) / MICROS).quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` micros by integer weights; the parts always sum to the total.

    Largest remainder (Hamilton's method); ties go to the earlier part. Raises ValueError on negative
    input or weights that sum to zero.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("split takes a total and weights of zero or more, not all zero")
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def share(total: int, basis_points: int) -> int:
    """The part of `total` micros that a rate in basis points (1/10,000) gives, by the same rule as `split`."""
    return split(total, [basis_points, BASIS_POINTS - basis_points])[0]
