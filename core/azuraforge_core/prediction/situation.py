"""The inputs of a model for one series at one moment, in units.

Called by `forecast`, checked by `check_inputs`. A window holds the last ``lookback`` rows and, over
the horizon, the columns known ahead and the calendar; both are scaled exactly as training's
`WindowGather` scales them.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.calendar_features import calendar_features
from azuraforge_core.data.steps import Step
from azuraforge_core.prediction.known_rows import KnownRows, columns_of, step_of
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["Situation", "subject_of", "times_ahead"]

Float32Array = npt.NDArray[np.float32]
Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Situation:
    """What a model sees of one series.

    Attributes:
        series: its name.
        times: int64 ``(lookback,)``, of the rows seen.
        values: float32 ``(channel, lookback)`` in units.
        ahead_times: int64 ``(ahead,)``, of the rows to forecast; a multiple of the horizon.
        ahead: float32 ``(future channel, ahead)`` in units: future columns, then the calendar.
    """

    series: str
    times: Int64Array
    values: Float32Array
    ahead_times: Int64Array
    ahead: Float32Array

    @classmethod
    def of(cls, forecaster: Forecaster, rows: KnownRows, count: int) -> "Situation":
        """Look at the end of some rows and at ``count`` rows ahead.

        Raises:
            DataError: there are fewer rows than the model looks back.
        """
        manifest = forecaster.manifest
        lookback = manifest.window.lookback
        if len(rows.times) < lookback:
            raise DataError(
                f"{subject_of(rows.series)} has {len(rows.times)} rows up to now, but the model "
                f"looks back {lookback}.",
                remedy=f"Bring at least {lookback} rows, the latest of them with values.",
            )
        step = step_of(manifest)
        times = times_ahead(rows, step, count)
        return cls(
            series=rows.series,
            times=rows.times[-lookback:],
            values=rows.values[:, -lookback:],
            ahead_times=times,
            ahead=_channels_ahead(manifest, rows, times, step),
        )

    def scaled(self, forecaster: Forecaster, block: int = 0) -> tuple[Any, Any | None]:
        """Return ``x (1, lookback, channel)`` and ``future (1, horizon, future channel)``.

        Args:
            forecaster: whose scales apply.
            block: which horizon of the rows ahead, from 0.
        """
        shape = forecaster.shape
        mean = forecaster.scaler.mean.astype(np.float32)[:, None]
        inverse_std = (1.0 / forecaster.scaler.std).astype(np.float32)[:, None]
        xp = forecaster.device.xp
        x = ((self.values - mean) * inverse_std)[None].transpose(0, 2, 1)
        if not shape.future_channels:
            return xp.asarray(x), None
        known = slice(shape.channels - shape.future_channels, shape.channels)
        rows = slice(block * shape.horizon, (block + 1) * shape.horizon)
        future = ((self.ahead[:, rows] - mean[known]) * inverse_std[known])[None].transpose(0, 2, 1)
        return xp.asarray(x), xp.asarray(np.ascontiguousarray(future))

    def followed_by(self, forecaster: Forecaster, targets: Float32Array, block: int) -> "Situation":
        """Return the situation one horizon later, had the forecast come true.

        Args:
            forecaster: the model; its inputs are targets and what is known ahead.
            targets: float32 ``(horizon, target)`` in units.
            block: which horizon of the rows ahead they are the forecast of.
        """
        rows = slice(block * forecaster.shape.horizon, (block + 1) * forecaster.shape.horizon)
        new = np.concatenate([targets.T, self.ahead[:, rows]])
        lookback = self.values.shape[1]
        return replace(
            self,
            times=np.concatenate([self.times, self.ahead_times[rows]])[-lookback:],
            values=np.concatenate([self.values, new], axis=1)[:, -lookback:],
        )


def times_ahead(rows: KnownRows, step: Step, count: int) -> Int64Array:
    """Return the next time stamps: the given ones, then those that the step continues with."""
    given = rows.ahead_times[:count]
    last = int(given[-1]) if len(given) else int(rows.times[-1])
    return np.concatenate([given, step.times(last, count - len(given) + 1)[1:]])


def subject_of(series: str) -> str:
    """Return what sentences call a series."""
    return f"Series {series!r}" if series else "The table"


def _channels_ahead(
    manifest: ModelManifest, rows: KnownRows, times: Int64Array, step: Step
) -> Float32Array:
    future = len(columns_of(manifest, "future"))
    calendar = columns_of(manifest, "calendar")
    ahead = np.full((future + len(calendar), len(times)), np.nan, dtype=np.float32)
    given = min(len(times), rows.ahead.shape[1])
    ahead[:future, :given] = rows.ahead[:, :given]
    if calendar:
        for row, feature in enumerate(calendar_features(times, step), start=future):
            ahead[row] = feature.values
    return ahead
