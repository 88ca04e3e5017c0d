"""A forecast as CSV, JSON and picture says the same everywhere."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from azuraforge_core.prediction.documents import csv_text, forecast_document, forecast_rows
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.picture import MAXIMUM_PANELS, forecast_svg
from azuraforge_core.prediction.request import ForecastRequest
from azuraforge_core.prediction.result import Forecast
from azuraforge_core.prediction.row_file import read_file_rows
from azuraforge_core.prediction.what_if import WhatIf

Train = Callable[..., Any]

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(name="found")
def _found(train: Train, tables: SimpleNamespace) -> Forecast:
    """Return a forecast of two targets under a changed input, beyond the trained horizon."""
    dataset = {"target_columns": ["load", "wind"]}
    forecaster = train(tables.load_table(), dataset=dataset).forecaster
    request = ForecastRequest(horizon=8, what_if=(WhatIf("load", "add", 1.0),))
    return forecast(forecaster, request)


def test_columns_name_target_and_level(found: Forecast) -> None:
    """Every column says what it is; a row stands for one time."""
    assert forecast_rows(found).columns == (
        "time",
        *(
            f"{target}{ending}"
            for target in ("load", "wind")
            for ending in (
                *("", "_lower_80", "_upper_80", "_lower_95", "_upper_95"),
                *("_unchanged", "_difference"),
            )
        ),
    )
    assert len(forecast_rows(found).rows) == 8


def test_text_and_json_hold_the_same_numbers(found: Forecast) -> None:
    """CSV and JSON agree; a step without an interval is an empty cell and null."""
    rows = list(csv.DictReader(io.StringIO(csv_text(found))))
    document = json.loads(json.dumps(forecast_document(found), allow_nan=False))
    (part,) = document["series"]
    assert [row["time"] for row in rows] == part["times"]
    load = part["targets"][0]
    assert [float(row["load"]) for row in rows] == load["values"]
    assert load["intervals"][0]["level"] == 0.8
    lower = [float(row["load_lower_80"]) if row["load_lower_80"] else None for row in rows]
    assert lower == load["intervals"][0]["lower"]
    assert lower[5] is not None
    assert lower[6:] == [None, None]
    np.testing.assert_allclose(
        load["difference"], np.subtract(load["values"], load["unchanged"]), atol=1e-5
    )


def test_a_written_forecast_can_be_read_as_rows(
    train: Train, tables: SimpleNamespace, tmp_path: Path
) -> None:
    """The CSV of a forecast continues the history, so that it can be forecast on."""
    forecaster = train(tables.load_table()).forecaster
    first = forecast(forecaster)
    path = tmp_path / "forecast.csv"
    path.write_text(csv_text(first), encoding="utf-8")
    given = read_file_rows(path, forecaster)
    then = forecast(forecaster, ForecastRequest(rows=given))
    both = forecast(forecaster, ForecastRequest(horizon=12))
    np.testing.assert_allclose(then.series[0].values, both.series[0].values[6:], rtol=1e-5)
    np.testing.assert_array_equal(then.series[0].times, both.series[0].times[6:])


def test_the_picture_is_a_whole_document_with_its_text(found: Forecast) -> None:
    """The SVG is well formed, needs nothing else, and says in words what it shows."""
    text = forecast_svg(found)
    root = ET.fromstring(text)  # noqa: S314 - what we wrote ourselves
    assert root.get("role") == "img"
    description = root.findtext(f"{SVG}desc") or ""
    assert "load from 2024-01-17T16:00:00 to 2024-01-17T23:00:00: between" in description
    assert len(root.findall(f"{SVG}g")) == 2
    assert len(root.findall(f".//{SVG}path[@class='band']")) == 4
    assert len(root.findall(f".//{SVG}path[@class='line unchanged']")) == 2
    assert "prefers-color-scheme:dark" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_lone_row_has_an_interval_to_be_seen(train: Train, tables: SimpleNamespace) -> None:
    """The interval of a single row has a width in the picture."""
    forecaster = train(tables.load_table()).forecaster
    root = ET.fromstring(forecast_svg(forecast(forecaster, ForecastRequest(horizon=1))))  # noqa: S314 - what we wrote ourselves
    bands = [path.get("d", "") for path in root.findall(f".//{SVG}path[@class='band']")]
    assert len(bands) == 2
    for band in bands:
        corners = band.strip("MZ").split("L")
        assert len({corner.split()[0] for corner in corners}) == 2


def test_names_do_no_harm_in_the_picture(train: Train, tables: SimpleNamespace) -> None:
    """A series called like markup is shown as text."""
    table = {"site": ["<b>&"] * tables.ROWS, **tables.load_table()}
    found = forecast(train(table, dataset={"series_column": "site"}).forecaster)
    root = ET.fromstring(forecast_svg(found))  # noqa: S314 - what we wrote ourselves
    assert "<b>&: load" in [element.text for element in root.iter(f"{SVG}text")]


def test_very_many_series_are_not_all_drawn(train: Train, tables: SimpleNamespace) -> None:
    """A picture stays one that can be looked at; the rest is counted in its text."""
    found = forecast(train(tables.load_table()).forecaster)
    many = Forecast(**{**vars(found), "series": found.series * 30})
    root = ET.fromstring(forecast_svg(many))  # noqa: S314 - what we wrote ourselves
    assert len(root.findall(f"{SVG}g")) == MAXIMUM_PANELS
    assert "6 more forecasts are not drawn." in (root.findtext(f"{SVG}desc") or "")
