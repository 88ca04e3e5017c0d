"""A forecast as rows and as JSON: what scripts, files and the API get."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_core.intervals.scores import level_name
from azuraforge_core.prediction.result import Forecast, SeriesForecast

__all__ = ["ForecastRows", "csv_text", "forecast_document", "forecast_rows"]

Cell = str | float | None


@dataclass(frozen=True)
class ForecastRows:
    """A forecast as a table, one row for each series and time.

    Attributes:
        columns: ``series`` (where series have names), ``time``, then for every target its name,
            ``_lower_80`` and ``_upper_80`` for each level, and of a what-if ``_unchanged`` and
            ``_difference``.
        rows: cells in the order of the columns; None where there is no number.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def forecast_rows(forecast: Forecast) -> ForecastRows:
    """Return the forecast as a table."""
    names = ["series"] if forecast.has_names else []
    columns = [*names, "time"]
    for target in forecast.targets:
        columns += [f"{target.name}{ending}" for ending in _endings(forecast)]
    return ForecastRows(
        tuple(columns), tuple(row for part in forecast.series for row in _rows(forecast, part))
    )


def csv_text(forecast: Forecast) -> str:
    """Return the forecast as comma-separated text with a header; no number is an empty cell."""
    table = forecast_rows(forecast)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in table.rows)
    return text.getvalue()


def forecast_document(forecast: Forecast) -> dict[str, Any]:
    """Return the forecast as JSON-able values; null where there is no number."""
    return {
        "formatVersion": FORMAT_VERSION,
        "model": {"job": forecast.job, "kind": forecast.kind},
        "step": forecast.step,
        "timeZone": forecast.time_zone,
        "whatIf": list(forecast.what_if),
        "series": [_series_document(forecast, part) for part in forecast.series],
        "notes": list(forecast.notes),
    }


def _endings(forecast: Forecast) -> list[str]:
    first = forecast.series[0]
    endings = [""]
    for band in first.bands:
        endings += [f"_{end}_{level_name(band.level)}" for end in ("lower", "upper")]
    return [*endings, "_unchanged", "_difference"] if _is_compared(forecast) else endings


def _is_compared(forecast: Forecast) -> bool:
    return any(part.unchanged is not None for part in forecast.series)


def _rows(forecast: Forecast, part: SeriesForecast) -> Iterator[tuple[Cell, ...]]:
    nothing = np.full_like(part.values, np.nan)
    layers = [part.values]
    for band in part.bands:
        layers += [band.lower, band.upper]
    if _is_compared(forecast):
        unchanged = nothing if part.unchanged is None else part.unchanged
        layers += [unchanged, part.values - unchanged]
    numbers = np.stack(layers, axis=2)  # (row, target, ending)
    name: tuple[Cell, ...] = (part.series,) if forecast.has_names else ()
    for row, stamp in enumerate(forecast.stamps(part.times)):
        yield (*name, stamp, *_numbers(numbers[row].reshape(-1)))


def _series_document(forecast: Forecast, part: SeriesForecast) -> dict[str, Any]:
    return {
        "series": part.series or None,
        "lastTime": forecast.stamp(int(part.history_times[-1])),
        "times": forecast.stamps(part.times),
        "targets": [
            _target_document(forecast, part, index) for index in range(len(forecast.targets))
        ],
    }


def _target_document(forecast: Forecast, part: SeriesForecast, index: int) -> dict[str, Any]:
    target = forecast.targets[index]
    document: dict[str, Any] = {
        "name": target.name,
        "unit": target.unit or None,
        "values": _numbers(part.values[:, index]),
        "intervals": [
            {
                "level": band.level,
                "lower": _numbers(band.lower[:, index]),
                "upper": _numbers(band.upper[:, index]),
            }
            for band in part.bands
        ],
    }
    if part.unchanged is not None:
        document["unchanged"] = _numbers(part.unchanged[:, index])
        document["difference"] = _numbers(part.values[:, index] - part.unchanged[:, index])
    return document


def _numbers(values: npt.NDArray[np.float64]) -> list[float | None]:
    """Return numbers with seven digits, what 32-bit arithmetic can tell; None for no number."""
    return [float(f"{value:.7g}") if math.isfinite(value) else None for value in values.tolist()]
