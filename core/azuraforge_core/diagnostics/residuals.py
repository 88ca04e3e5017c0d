"""The residuals of every target: how they spread, how they go with time, what they remember."""

from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import ColumnFact
from azuraforge_core.data.split import Part
from azuraforge_core.data.steps import iso
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.diagnostics.autocorrelation import autocorrelation, white_noise_limit
from azuraforge_core.diagnostics.looked_at import LookedAt, forecast_all
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.report.findings import ResidualFacts

__all__ = ["describe_residuals"]

BINS: Final = 41
TAIL: Final = 0.001
"""Share of residuals beyond either end of the histogram, so that a few do not flatten it."""
STRETCHES: Final = 120
MOST_CONSECUTIVE: Final = 2048
"""Consecutive windows for the autocorrelation where not all windows were looked at."""
FEWEST_FOR_AUTOCORRELATION: Final = 40
MOST_LAGS: Final = 50

Numbers = npt.NDArray[np.float64]


def describe_residuals(
    dataset: ForecastDataset,
    gather: WindowGather,
    model: Predictor,
    seen: LookedAt,
    columns: tuple[ColumnFact, ...],
) -> tuple[ResidualFacts, ...]:
    """Return the residuals of the first targets in original units.

    Args:
        dataset: the data.
        gather: makes batches, for consecutive windows where ``seen`` has gaps.
        model: forecasts them.
        seen: the windows looked at.
        columns: the targets described, the first ones of the data set.
    """
    count = len(columns)
    std = dataset.scaler.std[:count]
    residuals = seen.residuals[..., :count].astype(np.float64) * std
    rows = seen.starts[:, None] + dataset.shape.lookback + np.arange(dataset.shape.horizon)
    stretches, beginnings = _stretches(dataset.times[rows])
    consecutive = _one_step_residuals(dataset, gather, model, seen)[:, :count] * std
    return tuple(
        _describe(column, residuals[..., i], stretches, beginnings, consecutive[:, i])
        for i, column in enumerate(columns)
    )


def _describe(
    column: ColumnFact,
    residuals: Numbers,
    stretches: npt.NDArray[np.int64],
    beginnings: tuple[str, ...],
    consecutive: Numbers,
) -> ResidualFacts:
    flat = residuals.ravel()
    edges = _edges(flat)
    counts, _ = np.histogram(flat, edges)
    sizes = np.bincount(stretches.ravel(), minlength=len(beginnings))
    means, squares = (
        np.bincount(stretches.ravel(), weights=values, minlength=len(beginnings))
        / np.maximum(sizes, 1)
        for values in (flat, np.square(flat))
    )
    remembered, limit = _memory(consecutive)
    return ResidualFacts(
        target=column.name,
        unit=column.unit,
        mean=float(flat.mean()),
        std=float(flat.std()),
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        outside=int(flat.size - counts.sum()),
        times=beginnings,
        mean_by_time=_where(sizes, means),
        rmse_by_time=_where(sizes, np.sqrt(squares)),
        autocorrelation=remembered,
        autocorrelation_limit=limit,
    )


def _where(sizes: npt.NDArray[np.int64], values: Numbers) -> tuple[float | None, ...]:
    return tuple(float(value) if size else None for size, value in zip(sizes, values, strict=True))


def _edges(residuals: Numbers) -> Numbers:
    """Return borders of equal bins, symmetric about zero so that zero lies in a bin's middle."""
    low, high = np.quantile(residuals, (TAIL, 1 - TAIL))
    reach = float(max(abs(low), abs(high))) or 1.0
    return np.linspace(-reach, reach, BINS + 1)


def _stretches(
    times: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return the stretch of every forecast value, and when each stretch begins."""
    first, last = int(times.min()), int(times.max())
    length = max(1, -(-(last - first + 1) // STRETCHES))
    count = (last - first) // length + 1
    return (times - first) // length, tuple(iso(first + i * length) for i in range(count))


def _memory(residuals: Numbers) -> tuple[tuple[float, ...], float]:
    """Return the autocorrelation of one-step-ahead residuals and white noise's limit."""
    present = int(np.isfinite(residuals).sum())
    finite = residuals[np.isfinite(residuals)]
    if present < FEWEST_FOR_AUTOCORRELATION or not finite.std() > 0:
        return (), 0.0
    lags = min(MOST_LAGS, present // 4)
    return tuple(autocorrelation(residuals, lags).tolist()), white_noise_limit(present)


def _one_step_residuals(
    dataset: ForecastDataset, gather: WindowGather, model: Predictor, seen: LookedAt
) -> Numbers:
    """Return scaled one-step-ahead residuals ``(time, target)`` of one series, NaN in holes.

    Of the residuals of a window only the first are looked at: those of later steps overlap with
    the next windows' and remember by construction.
    """
    starts, residuals = seen.starts, seen.residuals[:, 0]
    if seen.every > 1:
        every_start = dataset.starts(Part.TEST)
        numbers = np.arange(max(0, len(every_start) - MOST_CONSECUTIVE), len(every_start))
        starts = every_start.take(numbers)
        truth = _first_truth(dataset, starts)
        residuals = forecast_all(model, gather, starts)[:, 0] - truth
    segment = next(s for s in dataset.facts.segments if s.start <= starts[-1] < s.stop)
    inside = starts >= segment.start
    starts, residuals = starts[inside], residuals[inside]
    placed = np.full((int(starts[-1] - starts[0]) + 1, residuals.shape[1]), np.nan)
    placed[starts - starts[0]] = residuals
    return placed


def _first_truth(
    dataset: ForecastDataset, starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    count = dataset.shape.targets
    values = np.asarray(dataset.values[:count, starts + dataset.shape.lookback]).T
    return ((values - dataset.scaler.mean[:count]) / dataset.scaler.std[:count]).astype(np.float32)
