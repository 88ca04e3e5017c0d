"""What is known of one series at the moment of a forecast: the rows seen, and what lies ahead.

Made from a model's stored history here, from rows that a person brings by `read_rows`; turned into
a model's inputs by `Situation`.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.steps import Step
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.store.model_folder import SeriesHistory
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["GivenRows", "KnownRows", "columns_of", "divide_rows", "step_of", "stored_rows"]

Float32Array = npt.NDArray[np.float32]
Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class KnownRows:
    """One series up to now.

    Attributes:
        series: its name, empty for the lone series of a table without names.
        times: int64 ``(row,)`` seconds since 1970, of the rows seen.
        values: float32 ``(channel, row)`` in units, all channels of the model; NaN where missing.
        ahead_times: int64 ``(ahead,)``, of the rows after these that something is known of.
        ahead: float32 ``(future column, ahead)`` in units, without the calendar; NaN where unknown.
    """

    series: str
    times: Int64Array
    values: Float32Array
    ahead_times: Int64Array
    ahead: Float32Array


@dataclass(frozen=True)
class GivenRows:
    """Rows that a forecast starts from instead of the stored history.

    Attributes:
        series: the series, in order.
        notes: what a person should know of them, one sentence each.
        refused: series that no forecast can start from, and why, as ``(name, sentence)``.
    """

    series: tuple[KnownRows, ...]
    notes: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = field(default=())


def stored_rows(forecaster: Forecaster) -> tuple[KnownRows, ...]:
    """Return the ends of the series that lie in the model's folder."""
    names = forecaster.manifest.data.series
    return tuple(
        divide_rows(name, history, forecaster.manifest)
        for name, history in zip(names, forecaster.histories, strict=True)
    )


def divide_rows(name: str, rows: SeriesHistory, manifest: ModelManifest) -> KnownRows:
    """Divide the rows of a series at the last one that has a target or a past column.

    What stands behind it are inputs known ahead: a published load forecast, coming holidays.
    """
    observed = columns_of(manifest, "target", "past")
    has_value = np.isfinite(rows.values[list(observed)]).any(axis=0)
    seen = int(np.flatnonzero(has_value)[-1]) + 1 if has_value.any() else 0
    future = list(columns_of(manifest, "future"))
    return KnownRows(
        series=name,
        times=rows.times[:seen],
        values=rows.values[:, :seen],
        ahead_times=rows.times[seen:],
        ahead=rows.values[future, seen:],
    )


def columns_of(manifest: ModelManifest, *roles: str) -> tuple[int, ...]:
    """Return the positions of the channels that have one of the roles."""
    return tuple(i for i, column in enumerate(manifest.columns) if column.role in roles)


def step_of(manifest: ModelManifest) -> Step:
    """Return the time between two rows.

    Raises:
        ValidationError: the manifest names a unit that this release does not know.
    """
    return _step(manifest.step.unit, manifest.step.count)


@cache
def _step(unit: str, count: int) -> Step:
    return Step.model_validate({"unit": unit, "count": count})
