"""Rows that a person brings: read as the training data were, checked as they were."""

import datetime as dt
import gzip
import json
import math
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import polars as pl
import pytest

from azuraforge_contract.errors import DataError, StorageError
from azuraforge_core.data.sources.sample import open_sample
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.newest_rows import newest_rows
from azuraforge_core.prediction.request import ForecastRequest
from azuraforge_core.prediction.row_file import read_file_rows

Train = Callable[..., Any]

LOOKBACK, HORIZON = 48, 6
TODAY = dt.date(2024, 3, 1)
MIXED = {"past_columns": ["wind"], "future_columns": ["plan"]}
RIDGE = {"kind": "ridge", "columns": "all"}


@pytest.fixture
def write(tmp_path: Path, tables: SimpleNamespace) -> Callable[[Any], Path]:
    """Return the function that writes a table to a file of its own."""
    return lambda table: Path(tables.write_table(tmp_path / "new.csv", table))


def _rows(table: dict[str, list[Any]], start: int, stop: int | None = None) -> dict[str, list[Any]]:
    return {name: list(cells[start:stop]) for name, cells in table.items()}


def _ahead(table: dict[str, list[Any]], rows: int) -> dict[str, list[Any]]:
    """Return the table with nothing observed in its last rows."""
    return {
        name: [*cells[:-rows], *([None] * rows)] if name in {"load", "wind"} else list(cells)
        for name, cells in table.items()
    }


def _same(left: Any, right: Any) -> None:
    np.testing.assert_array_equal(left.series[0].values, right.series[0].values)
    np.testing.assert_array_equal(left.series[0].times, right.series[0].times)


def test_the_training_rows_again_give_the_same_forecast(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """Rows that end where the training data end change nothing, from text and from Parquet."""
    table = _ahead(tables.load_table(), HORIZON)
    forecaster = train(table, dataset=MIXED, model=RIDGE).forecaster
    own = forecast(forecaster)
    path = write(_rows(table, 100))
    _same(own, forecast(forecaster, ForecastRequest(rows=read_file_rows(path, forecaster))))
    parquet = path.with_suffix(".parquet")
    pl.read_csv(path, try_parse_dates=True).write_parquet(parquet)
    _same(own, forecast(forecaster, ForecastRequest(rows=read_file_rows(parquet, forecaster))))
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    _same(own, forecast(forecaster, ForecastRequest(rows=read_file_rows(packed, forecaster))))


@pytest.mark.parametrize("split", [380, 300, 399])
def test_few_rows_continue_the_stored_history(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path], split: int
) -> None:
    """Rows too few by themselves are as good as all rows where they follow the training data."""
    longer = tables.load_table(tables.ROWS + 20)
    forecaster = train(_rows(longer, 0, tables.ROWS), dataset={"past_columns": ["wind"]}).forecaster
    alone = read_file_rows(write(_rows(longer, split)), forecaster)
    whole = read_file_rows(write(longer), forecaster)
    _same(
        forecast(forecaster, ForecastRequest(rows=alone)),
        forecast(forecaster, ForecastRequest(rows=whole)),
    )
    assert any("stored history" in note for note in alone.notes) == (split > 372)


def test_a_hole_before_new_rows_is_filled_as_in_training(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """Three missing hours between history and new rows are filled, seven are refused."""
    longer = tables.load_table(tables.ROWS + 20)
    forecaster = train(_rows(longer, 0, tables.ROWS)).forecaster
    given = read_file_rows(write(_rows(longer, tables.ROWS + 3)), forecaster)
    assert "filled on a straight line." in " ".join(given.notes)
    assert np.isfinite(forecast(forecaster, ForecastRequest(rows=given)).series[0].values).all()
    with pytest.raises(DataError, match="do not continue its stored history, which ends at"):
        read_file_rows(write(_rows(longer, tables.ROWS + 7)), forecaster)


def test_an_earlier_moment_can_be_chosen(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """As of an earlier row, later observations do not count, but what was known ahead does."""
    table = tables.load_table()
    forecaster = train(_ahead(table, HORIZON), dataset=MIXED, model=RIDGE).forecaster
    moment = int(np.datetime64(table["time"][199], "s").astype(np.int64))
    at = read_file_rows(write(table), forecaster, at=moment)
    cut = read_file_rows(write(_ahead(_rows(table, 0, 206), 6)), forecaster)
    _same(
        forecast(forecaster, ForecastRequest(rows=at)),
        forecast(forecaster, ForecastRequest(rows=cut)),
    )
    with pytest.raises(DataError, match="has no row at 2024-01-01T00:30:00"):
        read_file_rows(write(table), forecaster, at=1_704_067_200 + 1800)


def test_wind_is_made_a_vector_as_in_training(train: Train, tables: SimpleNamespace) -> None:
    """A person's rows with direction and speed become the components that the model wants."""
    table = tables.load_table()
    table["dir"] = [float(row * 7 % 360) for row in range(tables.ROWS)]
    vectors = [{"direction_column": "dir", "speed_column": "wind"}]
    dataset = {"wind_vectors": vectors, "past_columns": ["wind_u", "wind_v"]}
    trained = train(table, dataset=dataset)
    given = read_file_rows(trained.folder.parent / "table.csv", trained.forecaster)
    _same(
        forecast(trained.forecaster),
        forecast(trained.forecaster, ForecastRequest(rows=given)),
    )


def test_components_may_be_given_directly(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """Rows that hold the components themselves need neither direction nor speed."""
    table = tables.load_table()
    table["dir"] = [float(row * 7 % 360) for row in range(tables.ROWS)]
    vectors = [{"direction_column": "dir", "speed_column": "wind"}]
    dataset = {"wind_vectors": vectors, "past_columns": ["wind_u", "wind_v"]}
    forecaster = train(table, dataset=dataset).forecaster
    angle = np.deg2rad(np.array(table.pop("dir")))
    speed = np.array(table.pop("wind"))
    table["wind_u"], table["wind_v"] = (
        (-speed * np.sin(angle)).tolist(),
        (-speed * np.cos(angle)).tolist(),
    )
    given = read_file_rows(write(table), forecaster)
    _same(forecast(forecaster), forecast(forecaster, ForecastRequest(rows=given)))


def test_units_in_names_are_checked(train: Train, write: Callable[[Any], Path]) -> None:
    """A column in the unit of training is taken; one in another unit is refused."""
    with open_sample() as sample:
        frame = pl.concat(list(sample.read(["station", "time", "temp"]))).filter(
            pl.col("station") == "JFK"
        )
    dataset = {
        "source": {"kind": "sample"},
        "series": ["JFK"],
        "target_columns": ["temp"],
    }
    forecaster = train({"time": [], "load": []}, dataset=dataset).forecaster
    recent = frame.tail(60)
    table = {"time": recent["time"].to_list(), "temp (°F)": recent["temp"].to_list()}
    given = read_file_rows(write(table), forecaster)
    assert "Column 'temp (°F)' was taken for 'temp'." in given.notes
    _same(forecast(forecaster), forecast(forecaster, ForecastRequest(rows=given)))
    table["temp (°C)"] = table.pop("temp (°F)")
    with pytest.raises(DataError, match="is in °C, but the model was trained on °F"):
        read_file_rows(write(table), forecaster)


def test_values_far_from_training_are_pointed_out(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """Numbers of another size are probably in another unit; the note says both."""
    table = tables.load_table()
    forecaster = train(table).forecaster
    table["load"] = [cell * 1000 for cell in table["load"]]
    given = read_file_rows(write(table), forecaster)
    assert any("Is it in another unit?" in note for note in given.notes)


def test_only_series_that_the_model_knows_are_forecast(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """Other series are left out with a note; none at all is refused."""
    table = tables.load_table()
    sites = ["north"] * tables.ROWS
    forecaster = train({"site": sites, **table}, dataset={"series_column": "site"}).forecaster
    both = {
        "site": sites + ["west"] * tables.ROWS,
        **{name: [*cells, *cells] for name, cells in table.items()},
    }
    given = read_file_rows(write(both), forecaster)
    assert [rows.series for rows in given.series] == ["north"]
    assert given.notes == ("The model was not trained on series 'west': left out.",)
    nameless = read_file_rows(write(table), forecaster)
    assert [rows.series for rows in nameless.series] == ["north"]
    with pytest.raises(
        DataError, match="rows have series 'west'; the model was trained on 'north'"
    ):
        read_file_rows(write({**both, "site": ["west"] * len(both["site"])}), forecaster)


def test_rows_as_steps_go_on_behind_the_history(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """Where training took every row for a step, new rows may skip time as the history does."""
    longer = tables.load_table(tables.ROWS + 10)
    for row in range(5, len(longer["time"]), 7):
        moved = dt.datetime.fromisoformat(longer["time"][row]) + dt.timedelta(minutes=20)
        longer["time"][row] = moved.isoformat()
    forecaster = train(_rows(longer, 0, tables.ROWS), dataset={"spacing": "rows"}).forecaster
    few = read_file_rows(write(_rows(longer, tables.ROWS)), forecaster)
    whole = read_file_rows(write(longer), forecaster)
    _same(
        forecast(forecaster, ForecastRequest(rows=few)),
        forecast(forecaster, ForecastRequest(rows=whole)),
    )


def _newest(forecaster: Any, base: Path = Path()) -> GivenRows:
    return newest_rows(forecaster, base=base, today=TODAY)


def test_a_source_that_grew_is_read_to_its_end(tables: SimpleNamespace, tmp_path: Path) -> None:
    """The newest rows of a file are those that stand in it now; nothing is fitted again."""
    longer = tables.load_table(tables.ROWS + 30)
    trained = tables.train_model(tmp_path, tmp_path / "cache", _rows(longer, 0, tables.ROWS))
    assert _newest(trained.forecaster).notes[0].startswith("The source has nothing newer than")
    tables.write_table(tmp_path / "table.csv", longer)
    given = _newest(trained.forecaster)
    assert given.notes[0] == (
        "The source goes up to 2024-01-18T21:00:00; the training data ended at 2024-01-17T15:00:00."
    )
    found = forecast(trained.forecaster, ForecastRequest(rows=given))
    assert found.stamp(int(found.series[0].times[0])) == "2024-01-18T22:00:00"
    (tmp_path / "table.csv").unlink()
    with pytest.raises(DataError, match="There is no file"):
        _newest(trained.forecaster)


def test_the_sample_says_that_it_never_grows(train: Train) -> None:
    """A sample has nothing newer, and its forecast is that of the stored history."""
    dataset = {"source": {"kind": "sample"}, "series": ["JFK"], "target_columns": ["temp"]}
    forecaster = train({"time": [], "load": []}, dataset=dataset).forecaster
    given = _newest(forecaster)
    assert given.notes[0] == (
        "The source has nothing newer than 2013-12-30T23:00:00: the sample is shipped with "
        "AzuraForge and never grows."
    )
    _same(forecast(forecaster), forecast(forecaster, ForecastRequest(rows=given)))


@pytest.fixture
def archive() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """Run an archive on this machine: its address, and the queries it was asked."""
    asked: list[dict[str, list[str]]] = []

    class Archive(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            asked.append(query)
            start, end = (
                dt.datetime.fromisoformat(query[name][0]) for name in ("start_date", "end_date")
            )
            hours = int((end - start).total_seconds()) // 3600 + 24
            times = [start + dt.timedelta(hours=hour) for hour in range(hours)]
            newest = dt.datetime(2024, 2, 25, 12)  # noqa: DTZ001 - the archive says UTC beside it
            values = [
                10 + 5 * math.sin(time.timestamp() / 14_000) if time <= newest else None
                for time in times
            ]
            body = json.dumps(
                {
                    "hourly": {
                        "time": [time.strftime("%Y-%m-%dT%H:%M") for time in times],
                        "temperature_2m": values,
                    },
                    "hourly_units": {"temperature_2m": "°C"},
                }
            ).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Archive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/archive", asked
        server.shutdown()


def test_an_archive_is_asked_up_to_today(
    archive: tuple[str, list[dict[str, list[str]]]], tables: SimpleNamespace, tmp_path: Path
) -> None:
    """The newest days are fetched, and hours that the archive has not yet are no rows seen."""
    endpoint, asked = archive
    source = {
        "kind": "open-meteo",
        "latitude": 40.6,
        "longitude": -73.8,
        "start": "2023-12-01",
        "end": "2024-01-10",
        "variables": ["temperature_2m"],
        "endpoint": endpoint,
    }
    dataset = {"source": source, "target_columns": ["temperature_2m"]}
    trained = tables.train_model(
        tmp_path, tmp_path / "cache", {"time": [], "load": []}, dataset=dataset
    )
    given = _newest(trained.forecaster)
    assert asked[-1]["end_date"] == ["2024-03-01"]
    found = forecast(trained.forecaster, ForecastRequest(rows=given))
    assert found.stamp(int(found.series[0].times[0])) == "2024-02-25T13:00:00Z"
    assert np.isfinite(found.series[0].values).all()


def test_a_model_whose_data_cannot_be_understood_says_so(
    train: Train, tables: SimpleNamespace, write: Callable[[Any], Path]
) -> None:
    """A config of another release is a sentence, and the stored history still works."""
    forecaster = train(tables.load_table()).forecaster
    strange = forecaster.manifest.model_copy(update={"config": {"dataset": {"source": 3}}})
    changed = type(forecaster)(**{**vars(forecaster), "manifest": strange})
    assert np.isfinite(forecast(changed).series[0].values).all()
    with pytest.raises(StorageError, match=r"config\.dataset in model\.json"):
        read_file_rows(write(tables.load_table()), changed)
