"""From events to the points of their metrics, whole columns at a time; called by ``service``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from azuraforge_api.tracking.event_lines import EventFields
from azuraforge_api.tracking.points import Points

__all__ = ["NumberedPoints", "points_of"]

_STEP_METRICS: Final = {
    "loss": "train.loss",
    "learning_rate": "learning_rate",
    "samples_per_second": "samples_per_second",
}
"""Field of a step event → name of its series."""
_LONGEST_NAME: Final = 200
_BIGGEST: Final = 2**63
"""Steps and epochs from here on are none: no counter gets there, and no column holds them."""


@dataclass(frozen=True)
class NumberedPoints:
    """Points of one metric in the order of their events.

    Attributes:
        sequences: int64 ``(point,)`` of the events that they came with.
        points: of the same length, at least one.
    """

    sequences: npt.NDArray[np.int64]
    points: Points

    def __len__(self) -> int:
        return len(self.points)

    @property
    def last(self) -> tuple[int, float]:
        """Step and value of the last point."""
        return int(self.points.steps[-1]), float(self.points.values[-1])

    def between(self, start: int, stop: int) -> "NumberedPoints":
        """Return a stretch of the points."""
        chosen = np.arange(start, min(stop, len(self)))
        return NumberedPoints(self.sequences[chosen], self.points.take(chosen))


def points_of(events: Iterable[EventFields]) -> dict[str, NumberedPoints]:
    """Return the finite points of each metric in events, which ascend by sequence."""
    found: dict[str, list[tuple[list[EventFields], list[Any]]]] = {}
    steps, epochs = _with_steps(events)
    if steps:
        for field, name in _STEP_METRICS.items():
            found.setdefault(name, []).append((steps, [getattr(event, field) for event in steps]))
    for name in sorted({n for event in epochs for n in event.metrics if "\0" not in n}):
        values = [event.metrics.get(name) for event in epochs]
        found.setdefault(_series_name(name), []).append((epochs, values))
    axes: dict[int, _Axis] = {}
    for events_of_kind in (steps, epochs):
        axes[id(events_of_kind)] = _Axis(events_of_kind)
    series = {
        name: _joined([axes[id(owners)].points(values) for owners, values in parts])
        for name, parts in found.items()
    }
    return {name: each for name, each in series.items() if len(each)}


def _with_steps(events: Iterable[EventFields]) -> tuple[list[EventFields], list[EventFields]]:
    """Return the events that tell of steps and those that tell of epochs."""
    steps, epochs = [], []
    for event in events:
        if not _is_count(event.step):
            continue
        if event.type == "step":
            steps.append(event)
        elif event.type == "epoch" and isinstance(event.metrics, Mapping):
            epochs.append(event)
    return steps, epochs


class _Axis:
    """What the points of several metrics of the same events have in common."""

    def __init__(self, events: Sequence[EventFields]) -> None:
        self._sequences = np.array([event.sequence for event in events], np.int64)
        self._steps = np.array([event.step for event in events], np.int64)
        epochs = [event.epoch if _is_count(event.epoch) else 0 for event in events]
        self._epochs = np.array(epochs, np.int64)
        times = [event.time.timestamp() for event in events]
        self._times = np.floor(np.array(times, np.float64) * 1000 + 0.5).astype(np.int64)

    def points(self, values: Sequence[Any]) -> NumberedPoints:
        """Return the points whose values are finite numbers."""
        column = np.array([_number(value) for value in values], np.float64)
        points = Points(self._steps, self._epochs, self._times, column)
        kept = np.flatnonzero(np.isfinite(column))
        if len(kept) == len(column):
            return NumberedPoints(self._sequences, points)
        return NumberedPoints(self._sequences[kept], points.take(kept))


def _joined(parts: Sequence[NumberedPoints]) -> NumberedPoints:
    if len(parts) == 1:
        return parts[0]
    sequences = np.concatenate([part.sequences for part in parts])
    order = np.argsort(sequences, kind="stable")
    return NumberedPoints(sequences[order], Points.joined([p.points for p in parts]).take(order))


def _series_name(name: str) -> str:
    # The mean over an epoch is another series than the loss of the latest steps.
    return (f"epoch.{name}" if name == "train.loss" else name)[:_LONGEST_NAME]


def _number(value: Any) -> float:
    if value.__class__ is float:
        return value
    is_whole = isinstance(value, int) and abs(value) < _BIGGEST
    return float(value) if is_whole else float("nan")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and -_BIGGEST <= value < _BIGGEST
