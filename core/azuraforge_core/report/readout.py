"""The values of a chart as text: what a pointer or a key reads out, and the table beneath.

One source for both, so that who cannot see or point gets the numbers that others get.
"""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from azuraforge_core.report.marks import Axes, Band, Bars, Line, Marks, Number
from azuraforge_core.report.numbers import NONE
from azuraforge_core.report.table import Column, Table

__all__ = ["Place", "Readout", "Track", "read_out"]

MOST_ROWS: Final = 120
"""Rows of the table; of longer charts points are listed at equal distances."""
MISSING: Final = "missing"


@dataclass(frozen=True)
class Place:
    """Where values lie in the plot: functions to 0 … 1, from the left and from the bottom."""

    across: Callable[[float], float]
    up: Callable[[float], float]

    def left(self, x: float) -> float:
        """Return the percentage of the plot's width."""
        return round(self.across(x) * 100, 2)

    def top(self, y: float) -> float:
        """Return the percentage of the plot's height, from its top."""
        return round((1 - self.up(y)) * 100, 2)


@dataclass(frozen=True)
class Track:
    """The values of one curve, band or row of bars, aligned with the chart's points."""

    title: str
    style: str
    texts: tuple[str, ...]
    """Empty where the track has no point."""
    heights: tuple[float | None, ...]
    """Where a dot is put, percentage of the plot from its top; None for none."""


@dataclass(frozen=True)
class Readout:
    """All values of a chart."""

    x_title: str
    positions: tuple[float, ...]
    """Percentage of the plot from its left."""
    labels: tuple[str, ...]
    tracks: tuple[Track, ...]
    table_from: int = 0
    """The first point that the table lists."""

    def to_json(self) -> dict[str, Any]:
        """Return what the page's script needs, with short names: a page holds many."""
        return {
            "x": self.positions,
            "t": self.labels,
            "from": self.table_from,
            "s": [
                {"n": track.title, "c": track.style, "v": track.texts, "y": track.heights}
                for track in self.tracks
            ],
        }

    def table(self, caption: str) -> Table:
        """Return the same values as a table, thinned where there are very many."""
        listed = range(self.table_from, len(self.labels))
        every = max(1, -(-len(listed) // MOST_ROWS))
        note = f" (one row in {every})" if every > 1 else ""
        numbers = (Column(track.title, is_number=True) for track in self.tracks)
        return Table(
            caption=f"{caption}{note}",
            columns=(Column(self.x_title), *numbers),
            rows=tuple(
                (self.labels[i], *(track.texts[i] or NONE for track in self.tracks))
                for i in listed[::every]
            ),
        )


def read_out(axes: Axes, marks: Marks, place: Place) -> Readout:
    """Return the values of a chart.

    Args:
        axes: what they are called, and how they are written.
        marks: the chart's content.
        place: where values lie.
    """
    everything: tuple[Line | Bars | Band, ...] = (*marks.lines, *marks.bars, *marks.bands)
    xs = sorted({x for mark in everything for x in mark.xs})
    first = 0
    if marks.shaded_from is not None:
        first = next((i for i, x in enumerate(xs) if x >= marks.shaded_from), 0)
    return Readout(
        x_title=axes.x_title,
        positions=tuple(place.left(x) for x in xs),
        labels=tuple(_label(x, axes) for x in xs),
        tracks=tuple(_track(mark, xs, axes, place) for mark in everything),
        table_from=first,
    )


def _track(mark: Line | Bars | Band, xs: Sequence[float], axes: Axes, place: Place) -> Track:
    if isinstance(mark, Band):
        ends = zip(mark.lows, mark.highs, strict=True)
        texts = [f"{_text(low, axes)} … {_text(high, axes)}" for low, high in ends]
        tops: list[float | None] = [None] * len(texts)
    else:
        texts = [_text(y, axes) for y in mark.ys]
        tops = [None if y is None or not math.isfinite(y) else place.top(y) for y in mark.ys]
    points = {x: (text, top) for x, text, top in zip(mark.xs, texts, tops, strict=True)}
    found = [points.get(x, ("", None)) for x in xs]
    return Track(
        mark.title, mark.style, tuple(text for text, _ in found), tuple(top for _, top in found)
    )


def _text(value: Number, axes: Axes) -> str:
    return MISSING if value is None or not math.isfinite(value) else axes.value(value)


def _label(x: float, axes: Axes) -> str:
    if axes.is_time:
        text = f"{dt.datetime.fromtimestamp(x, dt.UTC):%Y-%m-%d %H:%M:%S}"
        return text.removesuffix(":00").removesuffix(" 00:00")
    return axes.names[round(x)] if axes.names else f"{x:.4g}"
