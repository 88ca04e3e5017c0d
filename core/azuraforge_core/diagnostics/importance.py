"""Permutation importance: how much worse the forecast gets when an input comes from elsewhere.

The whole course of an input within a window, past and known future together, is taken from another
window, so that it stays plausible in itself and only its meaning for this window is lost
(Breiman 2001, "Random forests", section 10, with windows in the place of rows).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import ColumnRole
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import Batch, WindowGather
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.report.findings import ImportanceFacts, InputImportance

__all__ = ["measure_importance"]

MOST_WINDOWS: Final = 1000
REPEATS: Final = 3
MOST_INPUTS: Final = 40
MOST_VALUES: Final = 60_000_000
"""Input values forecast from at most, over all inputs and repeats: about a second on one core."""
FEWEST_WINDOWS: Final = 32
STRONG: Final = 0.8
"""Correlation from which on two inputs can stand in for one another."""
SEED: Final = 20_001
BATCH: Final = 256


@dataclass(frozen=True)
class _Input:
    name: str
    role: ColumnRole
    channels: tuple[int, ...]


def measure_importance(
    dataset: ForecastDataset, gather: WindowGather, model: Predictor
) -> ImportanceFacts | None:
    """Return the importance of every input, or None where there are too few test windows.

    The result depends on data and model alone: the seed is fixed, and so is the number of windows.
    """
    inputs = list(_inputs(dataset))
    tried = inputs[:MOST_INPUTS]
    starts = _spread(dataset, len(tried))
    if len(starts) < FEWEST_WINDOWS:
        return None
    batch = gather(starts)
    mse = _mse(model, batch)
    if not (np.isfinite(mse) and mse > 0):
        return None
    measured = []
    for one in tried:
        generator = np.random.default_rng([SEED, *one.channels])
        ratios = [
            _mse(model, _shuffled(batch, one, dataset, generator.permutation(len(starts)))) / mse
            - 1
            for _ in range(REPEATS)
        ]
        measured.append(
            InputImportance(
                one.name, one.role.value, float(np.mean(ratios)), min(ratios), max(ratios)
            )
        )
    return ImportanceFacts(
        windows=len(starts),
        repeats=REPEATS,
        seed=SEED,
        mse=mse,
        inputs=tuple(sorted(measured, key=lambda one: -one.increase)),
        left_out=len(inputs) - len(tried),
        correlated=_correlated(batch, tried),
    )


def _inputs(dataset: ForecastDataset) -> Iterator[_Input]:
    """Yield the inputs; sine and cosine of a calendar circle are one input."""
    circles: dict[str, list[int]] = {}
    for channel, column in enumerate(dataset.facts.columns):
        if column.role is ColumnRole.CALENDAR:
            circles.setdefault(column.name.rpartition("_")[0], []).append(channel)
        else:
            yield _Input(column.name, column.role, (channel,))
    for name, channels in circles.items():
        yield _Input(f"time of {name}", ColumnRole.CALENDAR, tuple(channels))


def _spread(dataset: ForecastDataset, inputs: int) -> npt.NDArray[np.int64]:
    """Return evenly spread test windows, as many as the time allows."""
    shape, starts = dataset.shape, dataset.starts(Part.TEST)
    values = (shape.lookback + shape.horizon) * shape.channels * inputs * REPEATS
    most = min(MOST_WINDOWS, max(FEWEST_WINDOWS, MOST_VALUES // values))
    return starts.take(np.linspace(0, len(starts) - 1, min(most, len(starts))).astype(np.int64))


def _mse(model: Predictor, batch: Batch) -> float:
    """Return the scaled MSE over a batch, forecast in pieces."""
    total = 0.0
    for first in range(0, len(batch.y), BATCH):
        piece = slice(first, first + BATCH)
        future = None if batch.future is None else batch.future[piece]
        forecast = model.predict(batch.x[piece], future)
        total += float(((forecast - batch.y[piece]) ** 2).sum(dtype=np.float64))
    return total / float(batch.y.size)


def _shuffled(
    batch: Batch, one: _Input, dataset: ForecastDataset, order: npt.NDArray[np.int64]
) -> Batch:
    """Return the batch with one input's windows in another order."""
    x = batch.x.copy(order="K")
    x[:, :, list(one.channels)] = batch.x[order][:, :, list(one.channels)]
    future = batch.future
    if batch.future is not None and one.role.is_known_ahead:
        first = dataset.shape.channels - dataset.shape.future_channels
        ahead = [channel - first for channel in one.channels]
        future = batch.future.copy()
        future[:, :, ahead] = batch.future[order][:, :, ahead]
    return Batch(x, future, batch.y, batch.count)


def _correlated(batch: Batch, inputs: list[_Input]) -> tuple[tuple[str, str, float], ...]:
    """Return pairs of columns whose values go together, strongest first."""
    single = [one for one in inputs if len(one.channels) == 1]
    if len(single) < 2:  # noqa: PLR2004 - a pair
        return ()
    values: Any = batch.x[:, :, [one.channels[0] for one in single]].reshape(-1, len(single))
    values = values.get() if hasattr(values, "get") else values
    spread = values.std(axis=0) > 0
    single = [one for one, varies in zip(single, spread, strict=True) if varies]
    if len(single) < 2:  # noqa: PLR2004 - a pair
        return ()
    matrix = np.corrcoef(values[:, spread], rowvar=False)
    pairs = [
        (single[i].name, single[j].name, float(matrix[i, j]))
        for i in range(len(single))
        for j in range(i + 1, len(single))
        if abs(matrix[i, j]) >= STRONG
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair[2]))[:10])
