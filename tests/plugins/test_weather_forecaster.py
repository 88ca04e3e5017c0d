"""The weather forecaster: everything may be left out, and what is said counts."""

from typing import Any

import pytest

from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.ridge import RidgeConfig
from azuraforge_forecaster.weather import WeatherForecastConfig

ARCHIVE = {
    "kind": "open-meteo",
    "latitude": 52.5,
    "longitude": 13.4,
    "start": "2023-01-01",
    "end": "2024-12-31",
}


def _config(document: dict[str, Any]) -> WeatherForecastConfig:
    return WeatherForecastConfig.model_validate(document)


@pytest.mark.parametrize(
    "document",
    [{}, {"dataset": {}}, {"dataset": {"source": {"kind": "sample"}}}, {"training": {}}],
)
def test_an_empty_config_is_the_sample(document: dict[str, Any]) -> None:
    """Station JFK, tomorrow's temperature from three days of weather, all columns mixed."""
    config = _config(document)
    assert config == _config({})
    assert config.dataset.series == ("JFK",)
    assert config.dataset.target_columns == ("temp",)
    assert {"dewp", "humid", "pressure", "wind_u", "wind_v"} == set(config.dataset.past_columns)
    assert (config.window.lookback, config.window.horizon) == (72, 24)
    assert isinstance(config.model, PatchTstConfig)
    assert config.model.channels == "mixed"


def test_what_a_config_says_replaces_only_the_default_beside_it() -> None:
    """`epochs: 3` leaves the other training settings as they are for weather."""
    config = _config(
        {
            "training": {"epochs": 3},
            "model": {"kind": "patchtst", "layers": 1},
            "window": {"horizon": 12},
        }
    )
    usual = _config({})
    assert config.training == usual.training.model_copy(update={"epochs": 3})
    assert config.model == usual.model.model_copy(update={"layers": 1})
    assert (config.window.lookback, config.window.horizon) == (72, 12)


def test_another_model_has_its_own_defaults() -> None:
    """The settings of one architecture are not put upon another."""
    assert _config({"model": {"kind": "ridge"}}).model == RidgeConfig()


def test_named_columns_of_the_sample_replace_the_default_columns() -> None:
    """Whoever names a target names all roles; the station stays JFK."""
    dataset = _config({"dataset": {"target_columns": ["pressure"]}}).dataset
    assert dataset.target_columns == ("pressure",)
    assert dataset.past_columns == ()
    assert dataset.series == ("JFK",)


def test_an_archives_variables_get_their_roles() -> None:
    """Temperature is the target, wind becomes a vector, the rest informs."""
    variables = ["temperature_2m", "rain", "wind_speed_10m", "wind_direction_10m"]
    dataset = _config({"dataset": {"source": {**ARCHIVE, "variables": variables}}}).dataset
    assert dataset.target_columns == ("temperature_2m",)
    assert dataset.past_columns == ("rain", "wind_u", "wind_v")
    assert dataset.wind_vectors[0].speed_column == "wind_speed_10m"
    assert dataset.series == ()


def test_an_archive_without_temperature_forecasts_every_variable() -> None:
    """No role is guessed where the usual target is not there."""
    dataset = _config({"dataset": {"source": {**ARCHIVE, "variables": ["rain"]}}}).dataset
    assert dataset.target_columns == dataset.past_columns == ()


def test_a_file_names_its_own_columns() -> None:
    """Nothing of the sample is put upon a table of one's own."""
    source = {"kind": "file", "path": "x.csv", "time_column": "t"}
    dataset = _config({"dataset": {"source": source}}).dataset
    assert dataset.series == dataset.target_columns == dataset.past_columns == ()
