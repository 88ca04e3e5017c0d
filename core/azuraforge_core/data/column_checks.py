"""Looks over whole columns for values that no model should learn from.

Called by `build_table` after reading: marks for missing values such as -9999, infinities, numbers
beyond 32-bit floats, columns that say nothing.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.quality import QualityLog
from azuraforge_core.data.raw_table import RawSeries

__all__ = ["check_information", "check_range", "replace_sentinels"]

Float64Array = npt.NDArray[np.float64]

_NINES: Final = (99.0, 999.0, 9999.0, 99999.0, 999999.0, 99.9, 99.99, 999.9, 999.99, 9999.9)
_EXTREMES: Final = (
    *(-32768.0, 32767.0, -2147483648.0, 2147483647.0),
    *(-1e20, 1e20, -1e30, 1e30, 9.969209968386869e36),
)
SENTINELS: Final = (*(-nine for nine in _NINES), *_NINES, *_EXTREMES)
_CLEARLY_ODD = 500.0
"""A sentinel nearer to zero than this, or a positive one, must occur more than once to be one."""
_FEW: Final = 1000
"""Rows up to which looking each number up is quicker than comparing all with every sentinel."""
_KNOWN: Final = frozenset(SENTINELS)
_LARGEST = float(np.finfo(np.float32).max)
_ROUNDING_SHARE = 0.01
"""Of a column's standard deviation: more rounding than this is worth a warning."""


def replace_sentinels(
    series: Sequence[RawSeries], policy: Literal["error", "missing", "keep"], log: QualityLog
) -> dict[str, int]:
    """Find marks for missing values, far outside the rest of their column.

    Args:
        series: the raw series, changed in place where the policy is ``missing``.
        policy: refuse, take for missing, or keep.
        log: gets a warning for what is replaced or kept.

    Returns:
        Column → cells replaced.

    Raises:
        DataError: the policy is ``error`` and a column holds such a mark.
    """
    replaced: dict[str, int] = {}
    for name in series[0].columns:
        for sentinel in _suspects([part.columns[name] for part in series]):
            masks = [part.columns[name] == sentinel for part in series]
            cells = sum(int(mask.sum()) for mask in masks)
            if policy == "error":
                row = next(int(p.rows[m][0]) for p, m in zip(series, masks, strict=True) if m.any())
                raise DataError(
                    f"Column {name!r} holds {sentinel:g} {cells} times (first in row {row}), far "
                    "outside its other values: it looks like a mark for a missing value.",
                    remedy="Set missing.sentinels to missing to take it for a missing cell, or to "
                    "keep if it is real.",
                )
            if policy == "keep":
                log.note(f"Column {name!r} holds {sentinel:g} {cells} times, kept as it is.")
                continue
            log.note(f"Column {name!r} held {sentinel:g} {cells} times, taken for missing.")
            replaced[name] = replaced.get(name, 0) + cells
            for part, mask in zip(series, masks, strict=True):
                part.columns[name][mask] = np.nan
    return replaced


def check_range(series: Sequence[RawSeries]) -> None:
    """Refuse infinities and numbers that 32-bit floats cannot hold.

    Raises:
        DataError: naming column, row and value.
    """
    for part in series:
        for name, values in part.columns.items():
            wrong = np.flatnonzero(np.abs(values) > _LARGEST)
            if len(wrong):
                value = values[wrong[0]]
                what = "is infinite" if np.isinf(value) else "is beyond 32-bit numbers"
                raise DataError(
                    f"Row {int(part.rows[wrong[0]])}: column {name!r} holds {value:g}, which "
                    f"{what} ({len(wrong)} such cells).",
                    remedy="Correct it, or leave the cell empty.",
                )


def check_information(series: Sequence[RawSeries], log: QualityLog) -> None:
    """Refuse columns without a number and columns whose numbers never change.

    Raises:
        DataError: naming the column.
    """
    for name in series[0].columns:
        lows, highs = zip(*(_extent(part.columns[name]) for part in series), strict=True)
        low, high = np.nanmin([*lows, np.inf]), np.nanmax([*highs, -np.inf])
        if low > high:
            raise DataError(
                f"Column {name!r} has no number in any row.",
                remedy="Leave it out of the target, past and future columns.",
            )
        if low == high:
            raise DataError(
                f"Column {name!r} is {low:g} in every row: it says nothing.",
                remedy="Leave it out: name the target, past and future columns without it.",
            )
        spread = max(float(np.nanstd(p.columns[name])) for p in series if _has_number(p, name))
        if max(abs(low), abs(high)) * np.finfo(np.float32).eps > _ROUNDING_SHARE * spread:
            log.note(
                f"Column {name!r} varies little around a large number; 32-bit numbers round away "
                "part of it. Subtract a constant from it."
            )


def _suspects(parts: list[Float64Array]) -> list[float]:
    """Return the sentinels that occur in a column and lie far outside its other values."""
    if all(len(part) <= _FEW and _KNOWN.isdisjoint(part.tolist()) for part in parts):
        return []
    present = [s for s in SENTINELS if any(bool((part == s).any()) for part in parts)]
    if not present:
        return []
    low, high = np.inf, -np.inf
    for part in parts:
        rest = part[np.isfinite(part) & ~np.isin(part, present)]
        if len(rest):
            low, high = min(low, float(rest.min())), max(high, float(rest.max()))
    return [s for s in present if _is_far(s, low, high, sum(int((p == s).sum()) for p in parts))]


def _is_far(sentinel: float, low: float, high: float, cells: int) -> bool:
    if low > high:
        return False
    distance = max(low - sentinel, sentinel - high)
    if abs(sentinel) < _CLEARLY_ODD:
        return cells > 1 and distance > 2 * (high - low)
    return distance > max(high - low, 0.0) and (cells > 1 or sentinel < 0)


def _extent(values: Float64Array) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)


def _has_number(part: RawSeries, name: str) -> bool:
    return not bool(np.isnan(part.columns[name]).all())
