"""The live picture of a run: one validation window, at most 300 points."""

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.pipelines.forecast_window import WindowForecast, optional_numbers
from azuraforge_core.training.facts import WindowSample

__all__ = ["MAXIMUM_POINTS", "sample_of"]

MAXIMUM_POINTS = 300
MAXIMUM_TARGETS = 3


def sample_of(dataset: ForecastDataset, window: WindowForecast) -> tuple[WindowSample, ...]:
    """Return the first targets of a window, thinned so that all points together are few."""
    names = dataset.facts.target_names[:MAXIMUM_TARGETS]
    history_rows, horizon_rows = _shown_rows(
        dataset.window.lookback, dataset.window.horizon, MAXIMUM_POINTS // len(names)
    )
    past, ahead = window.start, window.start + dataset.window.lookback
    return tuple(
        WindowSample(
            target=name,
            series=window.series or None,
            history_times=tuple(dataset.time_at(past + int(row)) for row in history_rows),
            history=optional_numbers(window.history[history_rows, target]),
            times=tuple(dataset.time_at(ahead + int(row)) for row in horizon_rows),
            truth=optional_numbers(window.truth[horizon_rows, target]),
            forecast=optional_numbers(window.forecast[horizon_rows, target]),
        )
        for target, name in enumerate(names)
    )


def _shown_rows(
    lookback: int, horizon: int, points: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return which rows of history and horizon are shown, evenly spaced.

    A row of the horizon is two points, truth and forecast; the history gets at least a third.
    """
    every = max(1, -(-3 * horizon // points))
    ahead = np.arange(every - 1, horizon, every)
    room = points - 2 * len(ahead)
    past = np.arange(lookback - 1, -1, -every)[:room][::-1]
    return past, ahead
