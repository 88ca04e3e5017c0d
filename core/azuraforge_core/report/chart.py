"""Charts as plain geometry, drawn by the templates as inline SVG.

Positions are percentages of the plot, so that one drawing fits a wide screen, a phone and paper
while letters keep their size; colors and dashes are CSS classes, so that dark mode needs no second
drawing. Beside the geometry a chart carries its values as text (``readout``).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from azuraforge_core.report.marks import Axes, Band, Bars, Line, Marks, Number
from azuraforge_core.report.readout import Place, Readout, read_out
from azuraforge_core.report.table import Table
from azuraforge_core.report.ticks import Tick, number_ticks, time_ticks

__all__ = ["Chart", "DrawnLevel", "DrawnPath", "Label", "Marker", "draw_chart"]

SPACE: Final = 1000.0
"""Coordinates within a path run from 0 to this."""
ROOM_FOR_NAMES: Final = 42
"""Letters beneath an axis; of more names some are left out."""
HALF_DASH: Final = 0.42
"""Half a dash's length, of the distance between two names."""


@dataclass(frozen=True)
class DrawnPath:
    """One mark as an SVG path."""

    title: str
    style: str
    path: str
    shape: str = "line"
    """line, band or bars."""


@dataclass(frozen=True)
class Label:
    """A label of an axis at a percentage of its length."""

    position: float
    text: str
    is_minor: bool = False
    """Left out where the page is narrow."""


@dataclass(frozen=True)
class DrawnLevel:
    """A horizontal line at a percentage from the top."""

    position: float
    text: str


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
    paths: tuple[DrawnPath, ...]
    """In the order in which they are drawn."""
    x_labels: tuple[Label, ...]
    y_labels: tuple[Label, ...]
    readout: Readout
    levels: tuple[DrawnLevel, ...] = ()
    shaded_from: float | None = None
    """Percentage from which the plot is shaded: the forecast's span."""
    marker: Marker | None = None

    @property
    def legend(self) -> tuple[DrawnPath, ...]:
        """The marks as a legend names them: the model first, though it is drawn on top."""
        return tuple(sorted(self.paths, key=lambda path: path.style != "model"))

    @property
    def numbers(self) -> Table:
        """The values of the chart as a table."""
        return self.readout.table(self.title)


@dataclass(frozen=True)
class _Scale:
    """Maps values of an axis to 0 … 1."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)


def draw_chart(title: str, description: str, axes: Axes, marks: Marks) -> Chart | None:
    """Return a chart, or None when there is no finite point to draw.

    Args:
        title: the heading of the chart.
        description: its text alternative.
        axes: what the axes say.
        marks: what is in the plot.
    """
    points = list(_points(marks))
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    across, x_ticks = _x_axis(min(xs), max(xs), axes)
    ys = (*ys, *(level.y for level in marks.levels))
    stands_on_zero = axes.from_zero or bool(marks.bars)
    lowest, highest = (min(0.0, *ys), max(0.0, *ys)) if stands_on_zero else (min(ys), max(ys))
    y_ticks = number_ticks(lowest, highest, most=6)
    up = _Scale(y_ticks[0].value, y_ticks[-1].value)
    place = Place(across, up)
    return Chart(
        title=title,
        description=description,
        x_title=axes.x_title,
        y_title=axes.y_title,
        paths=tuple(_paths(marks, across, up, named=bool(axes.names))),
        x_labels=_labels(x_ticks, place),
        y_labels=tuple(Label(place.top(tick.value), tick.label) for tick in y_ticks),
        readout=read_out(axes, marks, place),
        levels=tuple(DrawnLevel(place.top(level.y), level.text) for level in marks.levels),
        shaded_from=None if marks.shaded_from is None else place.left(marks.shaded_from),
        marker=_marker(marks, place),
    )


def _points(marks: Marks) -> Iterator[tuple[float, float]]:
    """Yield every finite point, and the corners of bars."""
    for line in marks.lines:
        yield from _finite(line.xs, line.ys)
    for bars in marks.bars:
        for x, y in _finite(bars.xs, bars.ys):
            yield x - bars.width / 2, 0.0
            yield x + bars.width / 2, y
    for band in marks.bands:
        yield from _finite(band.xs, band.lows)
        yield from _finite(band.xs, band.highs)


def _paths(marks: Marks, across: _Scale, up: _Scale, *, named: bool) -> Iterator[DrawnPath]:
    for band in marks.bands:
        yield DrawnPath(band.title, band.style, _area(band, across, up), "band")
    for bars in marks.bars:
        yield DrawnPath(bars.title, bars.style, _rectangles(bars, across, up), "bars")
    for line in marks.lines:
        path = _dashes(line, across, up) if named else _curve(line, across, up)
        yield DrawnPath(line.title, line.style, path)


def _x_axis(low: float, high: float, axes: Axes) -> tuple[_Scale, tuple[Tick, ...]]:
    if axes.names:
        letters = sum(len(name) + 1 for name in axes.names)
        every = max(1, -(-letters // ROOM_FOR_NAMES))
        names = tuple(Tick(float(i), axes.names[i]) for i in range(0, len(axes.names), every))
        return _Scale(-0.5, len(axes.names) - 0.5), names
    if low == high:
        low, high = low - 0.5, high + 0.5
    if axes.is_time:
        return _Scale(low, high), time_ticks(low, high)
    ticks = number_ticks(low, high, most=7)
    if low >= 1 and not all(tick.value == round(tick.value) for tick in ticks):
        # epochs and steps have no fractions
        ticks = tuple(Tick(float(at), str(at)) for at in range(math.ceil(low), int(high) + 1))
    inside = tuple(tick for tick in ticks if low <= tick.value <= high)
    if low == 1 and inside[0].value > 2:  # noqa: PLR2004 - steps and epochs count from 1
        inside = (Tick(1.0, "1"), *inside)
    return _Scale(low, high), inside


def _labels(ticks: Sequence[Tick], place: Place) -> tuple[Label, ...]:
    crowded = len(ticks) > 4  # noqa: PLR2004 - what a phone's width holds
    return tuple(
        Label(place.left(tick.value), tick.label, is_minor=crowded and index % 2 == 1)
        for index, tick in enumerate(ticks)
    )


def _marker(marks: Marks, place: Place) -> Marker | None:
    if marks.marked is None:
        return None
    x, y, text = marks.marked
    return Marker(place.left(x), place.top(y), text)


def _curve(line: Line, across: _Scale, up: _Scale) -> str:
    commands: list[str] = []
    pen_is_down = False
    for x, y in zip(line.xs, line.ys, strict=True):
        if y is None or not math.isfinite(y):
            pen_is_down = False
            continue
        commands.append(f"{'L' if pen_is_down else 'M'}{_spot(across(x), up(y))}")
        pen_is_down = True
    return "".join(commands)


def _dashes(line: Line, across: _Scale, up: _Scale) -> str:
    """Return a short dash at each point: nothing lies between two names."""
    return "".join(
        f"M{_spot(across(x - HALF_DASH), up(y))}H{across(x + HALF_DASH) * SPACE:.1f}"
        for x, y in _finite(line.xs, line.ys)
    )


def _area(band: Band, across: _Scale, up: _Scale) -> str:
    """Return closed areas, one for each stretch without a gap."""
    areas: list[str] = []
    stretch: list[tuple[float, float, float]] = []
    for x, low, high in [*zip(band.xs, band.lows, band.highs, strict=True), (0.0, None, None)]:
        if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
            stretch.append((across(x), up(low), up(high)))
            continue
        if stretch:
            outline = [_spot(x, high) for x, _, high in stretch]
            outline += [_spot(x, low) for x, low, _ in reversed(stretch)]
            areas.append(f"M{'L'.join(outline)}Z")
        stretch = []
    return "".join(areas)


def _rectangles(bars: Bars, across: _Scale, up: _Scale) -> str:
    half = bars.width / 2
    return "".join(
        f"M{_spot(across(x - half), up(0))}V{(1 - up(y)) * SPACE:.1f}"
        f"H{across(x + half) * SPACE:.1f}V{(1 - up(0)) * SPACE:.1f}Z"
        for x, y in _finite(bars.xs, bars.ys)
    )


def _spot(across: float, up: float) -> str:
    return f"{across * SPACE:.1f} {(1 - up) * SPACE:.1f}"


def _finite(xs: Sequence[float], ys: Sequence[Number]) -> Iterable[tuple[float, float]]:
    for x, y in zip(xs, ys, strict=True):
        if y is not None and math.isfinite(y):
            yield x, y
