"""A forecast for a person: a table for each series, the notes, and a chart if asked for."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from rich.table import Table
from rich.text import Text

from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.text_chart import text_chart
from azuraforge_core.prediction.result import Forecast, SeriesForecast

__all__ = ["print_forecast"]

_MAXIMUM_ROWS: Final = 200
"""Of all series together; files and JSON hold everything."""
_SIGNIFICANT: Final = 2
"""Digits shown of the spread of a column."""


def print_forecast(forecast: Forecast, *, is_drawn: bool) -> None:
    """Print a forecast; very long ones are cut, and it is said so."""
    console = open_console()
    left = _MAXIMUM_ROWS
    for part in forecast.series:
        if left <= 0:
            break
        console.print(Text(_heading(forecast, part), style="bold"))
        if is_drawn:
            for index in range(len(forecast.targets)):
                for line in text_chart(part, index, _column_title(forecast, index)):
                    console.print(Text(line))
        console.print(_table(forecast, part, left))
        left -= len(part.times)
    if left < 0:
        total = sum(len(part.times) for part in forecast.series)
        console.print(
            Text(f"The first {_MAXIMUM_ROWS} of {total} rows; --out forecast.csv writes all.")
        )
    for note in forecast.notes:
        console.print(Text(f"Note: {note}"))


def _heading(forecast: Forecast, part: SeriesForecast) -> str:
    name = f"{part.series}, " if part.series else ""
    changed = f", if {' and '.join(forecast.what_if)}" if forecast.what_if else ""
    count = len(part.times)
    return (
        f"{name}{count} row{'s' if count > 1 else ''} after "
        f"{_stamp(forecast, int(part.history_times[-1]))}{changed}"
    )


def _table(forecast: Forecast, part: SeriesForecast, most: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("TIME", no_wrap=True)
    columns: list[list[str]] = []
    for index in range(len(forecast.targets)):
        for title, cells in _columns(forecast, part, index):
            table.add_column(title, justify="right", no_wrap=True)
            columns.append(cells)
    for row, time in enumerate(part.times[:most]):
        table.add_row(_stamp(forecast, int(time)), *(cells[row] for cells in columns))
    return table


def _columns(
    forecast: Forecast, part: SeriesForecast, index: int
) -> Iterator[tuple[str, list[str]]]:
    values = part.values[:, index]
    digits = _decimals(np.concatenate([part.history[:, index], values]))
    yield _column_title(forecast, index), _cells(values, digits)
    for band in part.bands:
        ends = zip(
            _cells(band.lower[:, index], digits), _cells(band.upper[:, index], digits), strict=True
        )
        cells = [f"{low} … {high}" if low and high else "" for low, high in ends]
        yield f"{band.level * 100:g} %", cells
    if part.unchanged is not None:
        yield "UNCHANGED", _cells(part.unchanged[:, index], digits)
        yield "DIFFERENCE", _cells(values - part.unchanged[:, index], digits, sign="+")


def _column_title(forecast: Forecast, index: int) -> str:
    target = forecast.targets[index]
    return f"{target.name} ({target.unit})" if target.unit else target.name


def _cells(values: npt.NDArray[np.float64], digits: int, sign: str = "") -> list[str]:
    return [f"{value:{sign},.{digits}f}" if math.isfinite(value) else "" for value in values]


def _decimals(values: npt.NDArray[np.float64]) -> int:
    """Return how many decimals tell the values of a column apart."""
    known = values[np.isfinite(values)]
    spread = float(np.std(known)) if len(known) else 0.0
    size = spread or abs(float(known[0]) if len(known) else 0.0)
    return min(8, max(0, _SIGNIFICANT - 1 - math.floor(math.log10(size)))) if size else 1


def _stamp(forecast: Forecast, time: int) -> str:
    return forecast.stamp(time).replace("T", " ")
