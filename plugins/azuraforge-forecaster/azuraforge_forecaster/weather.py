"""``weather-forecaster``: the forecaster with sources, columns and settings for weather.

Everything may be left out: the built-in sample, tomorrow's temperature, a small patch transformer.
Whatever a config does say replaces the default beside it and leaves the others.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field, model_validator

from azuraforge_core.data.config import DatasetConfig, WindowConfig
from azuraforge_core.data.source_config import SampleSource, SourceConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import ModelConfig
from azuraforge_core.nn.revin import WindowNormalization
from azuraforge_core.optim.schedule import OneCycleSchedule
from azuraforge_core.pipelines.forecast import ForecastPipeline
from azuraforge_core.pipelines.forecast_config import ForecastConfig
from azuraforge_core.training.config import TrainingConfig

__all__ = [
    "WeatherDatasetConfig",
    "WeatherForecastConfig",
    "WeatherForecasterPipeline",
    "WeatherWindowConfig",
]

_ROLES: Final = frozenset({"target_columns", "past_columns", "future_columns", "wind_vectors"})
_SAMPLE: Final[dict[str, Any]] = {
    "series": ["JFK"],
    "target_columns": ["temp"],
    "past_columns": ["dewp", "humid", "pressure", "wind_u", "wind_v"],
}
_ARCHIVE_TARGET: Final = "temperature_2m"
_ARCHIVE_WIND: Final = {
    "direction_column": "wind_direction_10m",
    "speed_column": "wind_speed_10m",
}

_MODEL: Final = PatchTstConfig(
    channels="mixed",
    patch_length=24,
    patch_stride=24,
    features=32,
    layers=2,
    hidden=64,
    dropout=0.2,
    normalization=WindowNormalization.LAST_VALUE,
)
_TRAINING: Final = TrainingConfig(epochs=10, learning_rate=2e-3, schedule=OneCycleSchedule())
"""Chosen on the sample by the mean validation error of three seeds: 0.0393, ridge 0.0397."""


class WeatherDatasetConfig(DatasetConfig):
    """The weather: where it comes from, and the roles of its columns.

    Columns that a config does not name are chosen by its source: of the sample station JFK with
    its temperature as target; of an Open-Meteo archive `temperature_2m` as target, wind as a
    vector and all other variables as past columns. Other sources name their own columns.
    """

    source: SourceConfig = SampleSource()
    """Where the weather comes from: the built-in sample, an archive, a file or a URL."""

    @model_validator(mode="before")
    @classmethod
    def _choose_columns(cls, document: object) -> object:
        if not isinstance(document, Mapping):
            return document
        source = document.get("source", {"kind": "sample"})
        kind = source.get("kind") if isinstance(source, Mapping) else getattr(source, "kind", None)
        named = _ROLES & document.keys()
        if kind == "sample":
            chosen = _SAMPLE if not named else {"series": _SAMPLE["series"]}
        elif kind == "open-meteo" and isinstance(source, Mapping) and not named:
            chosen = _archive_columns(source.get("variables"))
        else:
            chosen = {}
        return {**chosen, **document}


class WeatherWindowConfig(WindowConfig):
    """Three days seen, one day forecast, where rows are hours."""

    lookback: int = Field(default=72, ge=1, le=100_000, title="Lookback (rows)")
    """Rows that the model sees."""
    horizon: int = Field(default=24, ge=1, le=100_000, title="Horizon (rows)")
    """Rows that the model forecasts."""


class WeatherForecastConfig(ForecastConfig):
    """What to forecast of the weather; `{}` trains on the built-in sample."""

    dataset: WeatherDatasetConfig = Field(default=WeatherDatasetConfig(), title="Data set")
    """The weather, the roles of its columns, and how it is cleaned, split and scaled."""
    window: WeatherWindowConfig = Field(default=WeatherWindowConfig(), title="Window")
    """How much a model sees and how far it forecasts."""
    model: ModelConfig = Field(default=_MODEL, title="Model")
    """The model and its own settings."""
    training: TrainingConfig = Field(default=_TRAINING, title="Training")
    """How a neural model learns."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, document: object) -> object:
        """Take this plugin's settings where a config names only some of a part."""
        if not isinstance(document, Mapping):
            return document
        filled = dict(document)
        model = filled.get("model")
        if isinstance(model, Mapping) and model.get("kind") == _MODEL.kind:
            filled["model"] = {**_MODEL.model_dump(mode="json"), **model}
        if isinstance(filled.get("training"), Mapping):
            filled["training"] = {**_TRAINING.model_dump(mode="json"), **filled["training"]}
        return filled


class WeatherForecasterPipeline(ForecastPipeline):
    """Tomorrow's weather."""

    name = "weather-forecaster"
    title = "Weather forecaster"
    description = (
        "Forecasts the weather of a station: the built-in sample (New York 2013), the Open-Meteo "
        "archive of any place, or your own table. By default it forecasts tomorrow's temperature "
        "from three days of temperature, dew point, humidity, pressure and wind."
    )
    config_model = WeatherForecastConfig


def _archive_columns(variables: object) -> dict[str, Any]:
    """Return the roles of an archive's variables."""
    if not isinstance(variables, list | tuple) or _ARCHIVE_TARGET not in variables:
        return {}
    wind = set(_ARCHIVE_WIND.values()) <= set(variables)
    used = {_ARCHIVE_TARGET, *(_ARCHIVE_WIND.values() if wind else ())}
    past = [name for name in variables if name not in used]
    return {
        "target_columns": [_ARCHIVE_TARGET],
        "past_columns": [*past, *(("wind_u", "wind_v") if wind else ())],
        "wind_vectors": [_ARCHIVE_WIND] if wind else [],
    }
