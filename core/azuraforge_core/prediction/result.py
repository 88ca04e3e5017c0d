"""A finished forecast: numbers in units, their time stamps, and what to know of them.

Made by `forecast`; written by `azuraforge_core.prediction.documents`, drawn by ``picture``.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.steps import as_date_times

__all__ = ["Band", "Forecast", "ForecastTarget", "SeriesForecast"]

Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ForecastTarget:
    """A forecast column.

    Attributes:
        name: the column.
        unit: its unit, empty where the source named none.
    """

    name: str
    unit: str


@dataclass(frozen=True)
class Band:
    """An interval around a forecast.

    Attributes:
        level: how often the truth shall lie inside, such as 0.8.
        lower: float64 ``(row, target)`` in units; NaN where the model has no interval.
        upper: likewise.
    """

    level: float
    lower: Float64Array
    upper: Float64Array


@dataclass(frozen=True)
class SeriesForecast:
    """The forecast of one series.

    Attributes:
        series: its name, empty for the lone series of a table without names.
        times: int64 ``(row,)`` seconds since 1970.
        values: float64 ``(row, target)`` in units; under changed inputs where there are any.
        bands: intervals, in order of their levels; empty where the model has none.
        unchanged: float64 ``(row, target)``: the forecast without the changes of a what-if; None
            where nothing was changed, or where none can be made without the change.
        history_times: int64 ``(lookback,)``: the rows that the model saw.
        history: float64 ``(lookback, target)`` in units, as the model saw them.
    """

    series: str
    times: npt.NDArray[np.int64]
    values: Float64Array
    bands: tuple[Band, ...]
    unchanged: Float64Array | None
    history_times: npt.NDArray[np.int64]
    history: Float64Array


@dataclass(frozen=True)
class Forecast:
    """What a model says about the time to come.

    Attributes:
        job: name of the job that trained the model.
        kind: the model's architecture.
        targets: the forecast columns.
        step: the time between two rows, in words.
        time_zone: ``UTC``, or ``unknown``: as written in the source.
        what_if: the changed inputs, in words.
        series: the forecasts, in the order asked for.
        notes: what a person should know, one sentence each.
    """

    job: str
    kind: str
    targets: tuple[ForecastTarget, ...]
    step: str
    time_zone: str
    what_if: tuple[str, ...]
    series: tuple[SeriesForecast, ...]
    notes: tuple[str, ...]

    @property
    def has_names(self) -> bool:
        """Whether the series have names worth showing."""
        return any(part.series for part in self.series)

    def stamp(self, time: int) -> str:
        """Return a time stamp as text: ISO 8601, with a Z where it is known to be UTC."""
        return self.stamps(np.array([time]))[0]

    def stamps(self, times: npt.NDArray[np.int64]) -> list[str]:
        """Return time stamps ``(row,)`` as text, all at once; see `stamp`."""
        texts: list[str] = np.datetime_as_string(as_date_times(times)).tolist()
        return [f"{text}Z" for text in texts] if self.time_zone == "UTC" else texts
