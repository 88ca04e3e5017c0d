"""Line charts as plain geometry, drawn by the templates as inline SVG.

Positions are percentages of the plot, so that one drawing fits a wide screen, a phone and paper
while letters keep their size; colors and dashes are CSS classes, so that dark mode needs no second
drawing.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from azuraforge_core.report.ticks import Tick, number_ticks, time_ticks

__all__ = ["Axes", "Chart", "DrawnLine", "Label", "Line", "LineStyle", "Marker", "draw_chart"]

LineStyle = Literal["model", "truth", "history", "rival", "second", "third", "train"]
Number = float | None

SPACE: Final = 1000.0
"""Coordinates within a path run from 0 to this."""


@dataclass(frozen=True)
class Line:
    """One curve before it is drawn; None and non-finite values leave a gap."""

    title: str
    style: LineStyle
    xs: Sequence[float]
    ys: Sequence[Number]


@dataclass(frozen=True)
class DrawnLine:
    """One curve as an SVG path."""

    title: str
    style: LineStyle
    path: str


@dataclass(frozen=True)
class Label:
    """A label of an axis at a percentage of its length."""

    position: float
    text: str
    is_minor: bool = False
    """Left out where the page is narrow."""


@dataclass(frozen=True)
class Marker:
    """A point to look at, at percentages of the plot."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A drawn chart with its text alternative."""

    kind: ClassVar[str] = "chart"
    title: str
    description: str
    """What a reader sees in it, for those who do not see it."""
    x_title: str
    y_title: str
    lines: tuple[DrawnLine, ...]
    x_labels: tuple[Label, ...]
    y_labels: tuple[Label, ...]
    shaded_from: float | None = None
    """Percentage from which the plot is shaded: the forecast's span."""
    marker: Marker | None = None

    @property
    def legend(self) -> tuple[DrawnLine, ...]:
        """The lines as a legend names them: the model first, though it is drawn on top."""
        return tuple(sorted(self.lines, key=lambda line: line.style != "model"))


@dataclass(frozen=True)
class _Scale:
    """Maps values of an axis to 0 … 1."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Axes:
    """What the axes of a chart say."""

    x_title: str
    y_title: str
    is_time: bool = False
    """Whether x is seconds since 1970."""
    from_zero: bool = False
    """Whether y starts at zero, as an error does."""


def draw_chart(
    title: str,
    description: str,
    axes: Axes,
    lines: Sequence[Line],
    *,
    shaded_from: float | None = None,
    marked: tuple[float, float, str] | None = None,
) -> Chart | None:
    """Return the chart of some lines, or None when there is no finite point to draw.

    Args:
        title: the heading of the chart.
        description: its text alternative.
        axes: what the axes say.
        lines: drawn in order, the last on top.
        shaded_from: x from which the plot is shaded.
        marked: x, y and text of a point to look at.
    """
    points = [point for line in lines for point in _finite(line)]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    across, x_ticks = _x_axis(min(xs), max(xs), is_time=axes.is_time)
    y_ticks = number_ticks(min(0.0, *ys) if axes.from_zero else min(ys), max(ys))
    up = _Scale(y_ticks[0].value, y_ticks[-1].value)
    return Chart(
        title=title,
        description=description,
        x_title=axes.x_title,
        y_title=axes.y_title,
        lines=tuple(DrawnLine(line.title, line.style, _path(line, across, up)) for line in lines),
        x_labels=_labels(x_ticks, across),
        y_labels=tuple(Label(_percentage(1 - up(tick.value)), tick.label) for tick in y_ticks),
        shaded_from=None if shaded_from is None else _percentage(across(shaded_from)),
        marker=_marker(marked, across, up),
    )


def _x_axis(low: float, high: float, *, is_time: bool) -> tuple[_Scale, tuple[Tick, ...]]:
    if low == high:
        low, high = low - 0.5, high + 0.5
    if is_time:
        return _Scale(low, high), time_ticks(low, high)
    ticks = number_ticks(low, high, most=7)
    whole = all(tick.value == round(tick.value) for tick in ticks)
    if not whole:  # epochs and steps have no fractions
        ticks = tuple(Tick(float(at), str(at)) for at in range(math.ceil(low), int(high) + 1))
    inside = tuple(tick for tick in ticks if low <= tick.value <= high)
    if low == 1 and inside[0].value > 2:  # noqa: PLR2004 - steps and epochs count from 1
        inside = (Tick(1.0, "1"), *inside)
    return _Scale(low, high), inside


def _labels(ticks: Sequence[Tick], across: _Scale) -> tuple[Label, ...]:
    crowded = len(ticks) > 4  # noqa: PLR2004 - what a phone's width holds
    return tuple(
        Label(_percentage(across(tick.value)), tick.label, is_minor=crowded and index % 2 == 1)
        for index, tick in enumerate(ticks)
    )


def _marker(marked: tuple[float, float, str] | None, across: _Scale, up: _Scale) -> Marker | None:
    if marked is None:
        return None
    x, y, text = marked
    return Marker(_percentage(across(x)), _percentage(1 - up(y)), text)


def _path(line: Line, across: _Scale, up: _Scale) -> str:
    commands: list[str] = []
    pen_is_down = False
    for x, y in zip(line.xs, line.ys, strict=True):
        if y is None or not math.isfinite(y):
            pen_is_down = False
            continue
        place = f"{across(x) * SPACE:.1f} {(1 - up(y)) * SPACE:.1f}"
        commands.append(f"L{place}" if pen_is_down else f"M{place}")
        pen_is_down = True
    return "".join(commands)


def _finite(line: Line) -> Iterable[tuple[float, float]]:
    for x, y in zip(line.xs, line.ys, strict=True):
        if y is not None and math.isfinite(y):
            yield x, y


def _percentage(share: float) -> float:
    return round(share * 100, 2)
