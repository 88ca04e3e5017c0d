"""A forecast as a small chart of Braille dots: what was seen, the forecast behind a bar.

Where what was seen is not known, as of a forecast that a service made, it is left out.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.prediction.result import SeriesForecast

__all__ = ["text_chart"]

_ROWS: Final = 8
_COLUMNS: Final = 72
_DOTS_ACROSS, _DOTS_DOWN = 2, 4
_BRAILLE: Final = 0x2800
_DOT_BITS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a Braille cell by column and row."""

Float64Array = npt.NDArray[np.float64]


def text_chart(part: SeriesForecast, target: int, title: str) -> Iterator[str]:
    """Yield the lines of a chart of one target of a series.

    Args:
        part: the forecast.
        target: which of its targets.
        title: what stands above.
    """
    ahead = part.values[:, target]
    seen = part.history[-max(2 * len(ahead), 24) :, target]
    seen = seen if np.isfinite(seen).any() else seen[:0]
    both = np.concatenate([seen, ahead])
    known = both[np.isfinite(both)]
    low, high = float(known.min()), float(known.max())
    split = round(_COLUMNS * len(seen) / len(both))
    cells = _cells(_resampled(both, _COLUMNS * _DOTS_ACROSS), low, high)
    labels = {0: f"{high:.4g}", _ROWS - 1: f"{low:.4g}"}
    width = max(len(label) for label in labels.values())
    yield f"{title}: seen │ forecast" if len(seen) else f"{title}: forecast"
    for row in range(_ROWS):
        line = "".join(chr(_BRAILLE + int(cell)) for cell in cells[row])
        bar = "│" if split else ""
        yield f"{labels.get(row, ''):>{width}} {line[:split]}{bar}{line[split:]}"


def _resampled(values: Float64Array, count: int) -> Float64Array:
    """Return ``count`` values on straight lines between the given ones; NaN spreads."""
    places = np.linspace(0, len(values) - 1, count)
    return np.interp(places, np.arange(len(values)), values)


def _cells(values: Float64Array, low: float, high: float) -> npt.NDArray[np.int64]:
    cells = np.zeros((_ROWS, _COLUMNS), dtype=np.int64)
    top = _ROWS * _DOTS_DOWN - 1
    heights = np.round((values - low) / ((high - low) or 1.0) * top)
    for x, height in enumerate(heights):
        if np.isfinite(height):
            y = top - int(height)
            bit = _DOT_BITS[x % _DOTS_ACROSS][y % _DOTS_DOWN]
            cells[y // _DOTS_DOWN, x // _DOTS_ACROSS] |= bit
    return cells
