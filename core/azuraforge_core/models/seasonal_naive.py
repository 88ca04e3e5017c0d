"""The baseline of seasons: each hour is as the same hour of the last day, and the like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.validation import StrictModel
from azuraforge_core.data.steps import DAY, Step
from azuraforge_core.device import array_module
from azuraforge_core.models.shape import WindowShape

__all__ = ["SeasonalNaive", "SeasonalNaiveConfig", "build_seasonal_naive", "usual_period"]

_SECONDS: Final = {"day": DAY, "hour": 3600, "minute": 60}
_WEEKDAYS, _WORKING_DAYS, _MONTHS = 7, 5, 12


class SeasonalNaiveConfig(StrictModel):
    """Repeat the last season over the horizon."""

    kind: Literal["seasonal-naive"] = "seasonal-naive"
    """Repeat the last season."""
    period: int | None = Field(default=None, ge=1, le=100_000, title="Period (rows)")
    """Rows of one season; null: from the step, such as 24 for hourly rows and 7 for daily ones."""


@dataclass(frozen=True)
class SeasonalNaive:
    """Repeats the last season of every target.

    Attributes:
        shape: the window's sizes.
        period: rows of one season, at most the lookback.
    """

    shape: WindowShape
    period: int

    def predict(self, x: Any, future: Any | None) -> Any:  # noqa: ARG002 - what is known ahead changes nothing
        """Forecast ``(batch, horizon, target)`` from ``x (batch, lookback, channel)``."""
        steps = np.arange(self.shape.horizon) % self.period
        rows = array_module(x).asarray(self.shape.lookback - self.period + steps)
        return x[:, :, : self.shape.targets][:, rows]

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return what a stored model needs beside its shape."""
        return {"period": np.array([self.period], dtype=np.int64)}

    @classmethod
    def from_state(
        cls, state: Mapping[str, npt.NDArray[Any]], shape: WindowShape
    ) -> "SeasonalNaive":
        """Make the model that `state` came from."""
        return cls(shape, int(state["period"][0]))


def build_seasonal_naive(
    config: SeasonalNaiveConfig, shape: WindowShape, step: Step
) -> SeasonalNaive:
    """Build the model with the config's period, or the step's usual one.

    Raises:
        JobFileError: the lookback does not hold one whole season.
    """
    period = config.period or usual_period(step, shape.lookback)
    if period > shape.lookback:
        raise JobFileError(
            f"A season of {period} rows does not fit into window.lookback {shape.lookback}.",
            remedy="Lengthen window.lookback, or set model.period.",
        )
    return SeasonalNaive(shape, period)


def usual_period(step: Step, lookback: int) -> int:
    """Return the rows of the season that a step suggests.

    A day for steps below a day (an hour or a minute where a day is longer than the lookback), a
    week for days, a year for weeks and months; 1 where there is no season.
    """
    if step.unit == "business_day":
        return _WORKING_DAYS
    if step.unit != "second":
        return _MONTHS // step.count if _MONTHS % step.count == 0 else 1
    if step.count == DAY:
        return _WEEKDAYS
    if step.count == DAY * _WEEKDAYS:
        return 52  # weeks of a year
    whole = [s // step.count for s in _SECONDS.values() if s > step.count and s % step.count == 0]
    fitting = [period for period in whole if period <= lookback]
    return (fitting or whole or [1])[0]
