"""Which sequence numbers are stored: stretches of first and last, ascending, with gaps between."""

from bisect import bisect_right
from collections.abc import Iterable

__all__ = ["Stretches", "contains", "joined"]

Stretches = list[list[int]]
"""Pairs of first and last."""


def contains(stretches: Stretches, number: int) -> bool:
    """Return whether a number lies in one of the stretches."""
    index = bisect_right(stretches, number, key=lambda stretch: stretch[0]) - 1
    return index >= 0 and number <= stretches[index][1]


def joined(stretches: Stretches, more: Iterable[tuple[int, int]]) -> Stretches:
    """Return the stretches with more of them; those that touch become one."""
    result: Stretches = []
    for first, last in sorted([*((first, last) for first, last in stretches), *more]):
        if result and first <= result[-1][1] + 1:
            result[-1][1] = max(result[-1][1], last)
        else:
            result.append([first, last])
    return result
