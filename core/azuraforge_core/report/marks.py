"""What a chart can hold before it is drawn: lines, bands, bars and levels.

Sections make these; ``chart.draw_chart`` turns them into geometry. Values are in the chart's own
units; None and non-finite values leave a gap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from azuraforge_core.report.numbers import scaled

__all__ = ["Axes", "Band", "Bars", "Level", "Line", "LineStyle", "Marks", "Number"]

# fmt: off
LineStyle = Literal[
    "model", "truth", "history", "rival", "second", "third", "train",
    "run-1", "run-2", "run-3", "run-4", "run-5", "run-6", "run-7", "run-8",
]
# fmt: on
Number = float | None


@dataclass(frozen=True)
class Line:
    """One curve."""

    title: str
    style: LineStyle
    xs: Sequence[float]
    ys: Sequence[Number]


@dataclass(frozen=True)
class Band:
    """The space between two curves, such as an interval."""

    title: str
    style: Literal["wide", "narrow"]
    xs: Sequence[float]
    lows: Sequence[Number]
    highs: Sequence[Number]


@dataclass(frozen=True)
class Bars:
    """Bars from zero, one at each x."""

    title: str
    style: LineStyle
    xs: Sequence[float]
    ys: Sequence[Number]
    width: float
    """In the unit of x."""


@dataclass(frozen=True)
class Level:
    """A horizontal line at one value, such as a nominal coverage."""

    y: float
    text: str
    """Said at the line's end; empty for a line that speaks for itself."""


@dataclass(frozen=True)
class Marks:
    """Everything in one plot; the last of each kind lies on top."""

    lines: Sequence[Line] = ()
    bands: Sequence[Band] = ()
    bars: Sequence[Bars] = ()
    levels: Sequence[Level] = ()
    shaded_from: float | None = None
    """x from which the plot is shaded: the forecast's span."""
    marked: tuple[float, float, str] | None = None
    """x, y and text of a point to look at."""


@dataclass(frozen=True)
class Axes:
    """What the axes of a chart say."""

    x_title: str
    y_title: str
    is_time: bool = False
    """Whether x is seconds since 1970."""
    from_zero: bool = False
    """Whether y starts at zero, as an error does."""
    names: tuple[str, ...] = ()
    """What stands beneath x = 0, 1, …; empty where x is a number or a time."""
    value: Callable[[float], str] = scaled
    """How a value of y is written where it is read out."""
