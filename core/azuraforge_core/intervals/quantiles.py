"""Which quantiles the ends of central intervals are."""

from collections.abc import Sequence

__all__ = ["quantile_levels"]

_DIGITS = 6


def quantile_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Return the quantiles of the ends of all intervals and the median, ascending.

    The interval of level 0.8 lies between the quantiles 0.1 and 0.9.

    Args:
        levels: ascending; L of them give 2·L + 1 quantiles.
    """
    tails = [round((1 - level) / 2, _DIGITS) for level in reversed(levels)]
    return (*tails, 0.5, *(round(1 - tail, _DIGITS) for tail in reversed(tails)))
