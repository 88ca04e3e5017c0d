"""Scores of a forecast over many windows, summed batch by batch.

The scaled errors are those of every published table: mean over windows, horizon steps and targets.
Scaling is linear, so the errors in original units follow from the same sums.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_core.device import array_module, to_host

__all__ = ["ScoreSums", "Scores", "TargetScores"]


@dataclass(frozen=True)
class TargetScores:
    """The scores of one target.

    Attributes:
        name: the column.
        unit: its unit where known.
        mse: scaled mean squared error.
        mae: scaled mean absolute error.
        mse_in_units: mean squared error in the unit, squared.
        mae_in_units: mean absolute error in the unit.
        rmse_in_units: root of ``mse_in_units``, in the unit.
    """

    name: str
    unit: str
    mse: float
    mae: float
    mse_in_units: float
    mae_in_units: float
    rmse_in_units: float


@dataclass(frozen=True)
class Scores:
    """The scores of a forecast over all windows of a part.

    Attributes:
        windows: how many windows were forecast.
        mse: scaled mean squared error.
        mae: scaled mean absolute error.
        mse_in_units: mean over targets of their errors in units; of one target, its own.
        mae_in_units: likewise.
        rmse_in_units: root of ``mse_in_units``.
        targets: the same for every target.
        mse_by_step: scaled mean squared error of each step of the horizon.
        mae_by_step: scaled mean absolute error of each step of the horizon.
    """

    windows: int
    mse: float
    mae: float
    mse_in_units: float
    mae_in_units: float
    rmse_in_units: float
    targets: tuple[TargetScores, ...]
    mse_by_step: tuple[float, ...]
    mae_by_step: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the scores as JSON-able values."""
        return asdict(self)


class ScoreSums:
    """Sums of errors, kept in float64 where the forecasts are.

    Args:
        targets: name and unit of every target.
        std: float64 ``(target,)``, the scaler's standard deviations in units.
    """

    def __init__(self, targets: tuple[tuple[str, str], ...], std: npt.NDArray[np.float64]) -> None:
        self._targets = targets
        self._std = std
        self._windows = 0
        self._squares: Any = 0.0
        self._absolutes: Any = 0.0

    def add(self, forecast: Any, truth: Any) -> None:
        """Add scaled forecasts and truths, both ``(batch, horizon, target)``."""
        xp = array_module(truth)
        error = forecast - truth
        self._windows += len(error)
        self._squares += xp.square(error).sum(axis=0, dtype=np.float64)
        self._absolutes += xp.abs(error).sum(axis=0, dtype=np.float64)

    def close(self) -> Scores:
        """Return the means.

        Raises:
            ValueError: nothing was added.
        """
        if not self._windows:
            raise ValueError("no window was scored")
        mse = to_host(self._squares) / self._windows
        mae = to_host(self._absolutes) / self._windows
        targets = tuple(
            self._target(i, float(mse[:, i].mean()), float(mae[:, i].mean()))
            for i in range(len(self._targets))
        )
        mse_in_units = float(np.mean([target.mse_in_units for target in targets]))
        return Scores(
            windows=self._windows,
            mse=float(mse.mean()),
            mae=float(mae.mean()),
            mse_in_units=mse_in_units,
            mae_in_units=float(np.mean([target.mae_in_units for target in targets])),
            rmse_in_units=float(np.sqrt(mse_in_units)),
            targets=targets,
            mse_by_step=tuple(mse.mean(axis=1).tolist()),
            mae_by_step=tuple(mae.mean(axis=1).tolist()),
        )

    def _target(self, i: int, mse: float, mae: float) -> TargetScores:
        name, unit = self._targets[i]
        std = float(self._std[i])
        return TargetScores(name, unit, mse, mae, mse * std**2, mae * std, mse**0.5 * std)
