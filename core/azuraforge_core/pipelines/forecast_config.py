"""The config of every forecasting pipeline: data, windows, model, training, intervals."""

from pydantic import Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.data.config import DatasetConfig, WindowConfig
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import ModelConfig
from azuraforge_core.training.config import TrainingConfig

__all__ = ["ForecastConfig"]


class ForecastConfig(StrictModel):
    """What to forecast, from what, by which model."""

    dataset: DatasetConfig = Field(title="Data set")
    """The table, the roles of its columns, and how it is cleaned, split and scaled."""
    window: WindowConfig = Field(default=WindowConfig(), title="Window")
    """How much a model sees and how far it forecasts."""
    model: ModelConfig = Field(default=PatchTstConfig(), title="Model")
    """The model and its own settings."""
    training: TrainingConfig = Field(default=TrainingConfig(), title="Training")
    """How a neural model learns."""
    intervals: IntervalsConfig = Field(default=IntervalsConfig(), title="Intervals")
    """How sure the forecasts are."""
