"""Where errors lie: by hour, weekday and month of the forecast time, by level, by series."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.steps import DAY
from azuraforge_core.diagnostics.looked_at import LookedAt
from azuraforge_core.report.findings import Breakdown, BreakdownKind, ErrorGroup

__all__ = ["break_down"]

LEVELS: Final = 10
FEWEST_MONTHS: Final = 2
MOST_MONTHS: Final = 36
MOST_SERIES: Final = 60
_HOUR: Final = 3600
_WEEKDAYS: Final = (
    *("Monday", "Tuesday", "Wednesday", "Thursday"),
    *("Friday", "Saturday", "Sunday"),
)
_FIRST_MONDAY: Final = 4 * DAY
"""1970-01-05 in seconds since 1970."""

Numbers = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int64]


def break_down(dataset: ForecastDataset, seen: LookedAt) -> tuple[Breakdown, ...]:
    """Return the divisions that say something for this step and span.

    Hour, weekday and month are those of the time that is forecast, as the table writes it (UTC
    where the table says so). Levels are tenths of each target's truths.
    """
    horizon = dataset.shape.horizon
    times = dataset.times[seen.starts[:, None] + dataset.shape.lookback + np.arange(horizon)]
    found = [
        _by_hour(dataset, seen, times),
        _by_weekday(dataset, seen, times),
        _by_month(seen, times),
        _by_level(seen),
        _by_series(dataset, seen),
    ]
    return tuple(breakdown for breakdown in found if breakdown is not None)


def _by_hour(dataset: ForecastDataset, seen: LookedAt, times: Keys) -> Breakdown | None:
    if dataset.facts.step.seconds > DAY // 2:
        return None
    labels = [f"{hour:02d}" for hour in range(24)]
    return _divided("hour", seen, (times % DAY) // _HOUR, labels)


def _by_weekday(dataset: ForecastDataset, seen: LookedAt, times: Keys) -> Breakdown | None:
    if dataset.facts.step.seconds > DAY:
        return None
    return _divided("weekday", seen, ((times - _FIRST_MONDAY) // DAY) % 7, _WEEKDAYS)


def _by_month(seen: LookedAt, times: Keys) -> Breakdown | None:
    months = times.astype("datetime64[s]").astype("datetime64[M]")
    first, last = months.min(), months.max()
    count = int((last - first).astype(np.int64)) + 1
    if not FEWEST_MONTHS <= count <= MOST_MONTHS:
        return None
    labels = [str(first + np.timedelta64(index, "M")) for index in range(count)]
    return _divided("month", seen, (months - first).astype(np.int64), labels)


def _by_level(seen: LookedAt) -> Breakdown | None:
    """Divide by tenths of the truth, each target by its own; equal borders merge tenths."""
    truth = seen.truth.astype(np.float64)
    flat = truth.reshape(-1, truth.shape[-1])
    borders = np.quantile(flat, np.linspace(0, 1, LEVELS + 1)[1:-1], axis=0)
    levels = np.stack(
        [np.searchsorted(borders[:, i], flat[:, i], side="right") for i in range(flat.shape[1])],
        axis=-1,
    ).reshape(truth.shape)
    if levels.min() == levels.max():
        return None
    labels = [f"{100 * i // LEVELS}-{100 * (i + 1) // LEVELS} %" for i in range(LEVELS)]
    return _divided("level", seen, levels, labels)


def _by_series(dataset: ForecastDataset, seen: LookedAt) -> Breakdown | None:
    segments = dataset.facts.segments
    if not 1 < len(segments) <= MOST_SERIES:
        return None
    stops = np.array([segment.stop for segment in segments])
    keys = np.searchsorted(stops, seen.starts, side="right")
    windows = np.broadcast_to(keys[:, None], seen.truth.shape[:2])
    return _divided("series", seen, windows, [segment.series for segment in segments])


def _divided(
    kind: BreakdownKind, seen: LookedAt, keys: Keys, labels: Sequence[str]
) -> Breakdown | None:
    """Sum errors by key, ``(window, horizon)`` or ``(window, horizon, target)``."""
    shape = seen.truth.shape
    index = np.broadcast_to(keys[..., None] if keys.ndim < len(shape) else keys, shape).ravel()
    residuals = seen.residuals.astype(np.float64)
    counts = np.bincount(index, minlength=len(labels))
    mse = _mean(index, np.square(residuals), counts)
    bias = _mean(index, residuals, counts)
    rival = None
    if seen.rival is not None:
        rival = _mean(index, np.square((seen.rival - seen.truth).astype(np.float64)), counts)
    groups = tuple(
        ErrorGroup(
            label=label,
            values=int(counts[i]),
            mse=float(mse[i]),
            bias=float(bias[i]),
            rival_mse=None if rival is None else float(rival[i]),
        )
        for i, label in enumerate(labels)
        if counts[i]
    )
    return Breakdown(kind, groups) if len(groups) > 1 else None


def _mean(index: Keys, values: Numbers, counts: Keys) -> Numbers:
    sums = np.bincount(index, weights=values.ravel(), minlength=len(counts))
    means = np.full(len(counts), np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means
