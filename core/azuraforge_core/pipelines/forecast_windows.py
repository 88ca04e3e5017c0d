"""Which test windows a report shows: chosen by rules that are stated beside each."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.pipelines.forecast_scoring import ScoredWindows

__all__ = ["ShownWindows", "choose_windows", "count_shown"]

MOST_TARGETS: Final = 4
MOST_WINDOWS: Final = 12
FEWEST_WINDOWS: Final = 3
MOST_SERIES: Final = 8
HISTORY_PER_HORIZON: Final = 3
MOST_HISTORY: Final = 192
"""Rows of history shown at most, or the horizon if that is more."""
MOST_POINTS: Final = 3600
"""Points drawn in all: what a page of a few hundred kilobytes holds."""


@dataclass(frozen=True)
class ShownWindows:
    """How much is shown.

    Attributes:
        history: rows of history before each forecast.
        targets: the first so many targets.
        windows: test windows.
    """

    history: int
    targets: int
    windows: int


def count_shown(dataset: ForecastDataset) -> ShownWindows:
    """Return how much of a data set a page has room for."""
    shape = dataset.shape
    history = min(
        shape.lookback, HISTORY_PER_HORIZON * shape.horizon, max(MOST_HISTORY, shape.horizon)
    )
    points = history + shape.horizon
    targets = min(shape.targets, MOST_TARGETS, max(1, MOST_POINTS // (FEWEST_WINDOWS * points)))
    windows = min(MOST_WINDOWS, max(FEWEST_WINDOWS, MOST_POINTS // (points * targets)))
    return ShownWindows(history, targets, windows)


def choose_windows(
    test: ScoredWindows, dataset: ForecastDataset, most: int
) -> tuple[tuple[str, int], ...]:
    """Return at most so many windows, and of few series one each: the rule, and the number.

    The rules go from the newest over the typical to the worst; what room is left is given to
    windows at equal distances. None is chosen twice.
    """
    order = np.argsort(test.errors, kind="stable")
    count = len(order)
    chosen: dict[int, str] = {}
    for number, rule in (
        (count - 1, "Latest window"),
        (int(order[count // 2]), "Median error"),
        (int(order[-1]), "Largest error"),
        (int(order[0]), "Least error"),
        (int(order[(count * 9) // 10]), "Larger error than 9 of 10"),
    )[:most]:
        chosen.setdefault(number, rule)
    for number, rule in _of_series(test, dataset):
        chosen.setdefault(number, rule)
    spread = most - len(chosen)
    for number in np.linspace(0, count - 1, spread + 2)[1:-1].astype(int) if spread > 0 else ():
        chosen.setdefault(int(number), "At equal distances")
    return tuple((rule, number) for number, rule in chosen.items())


def _of_series(test: ScoredWindows, dataset: ForecastDataset) -> list[tuple[int, str]]:
    """Return the window of median error of each series, where there are few."""
    segments = dataset.facts.segments
    if not 1 < len(segments) <= MOST_SERIES:
        return []
    found = []
    for segment in segments:
        numbers = np.flatnonzero((test.starts >= segment.start) & (test.starts < segment.stop))
        if len(numbers):
            order = np.argsort(test.errors[numbers], kind="stable")
            found.append((int(numbers[order[len(order) // 2]]), "Median error of the series"))
    return found
