"""The config of every forecasting pipeline: data, windows, model, training, intervals."""

from typing import Self

from pydantic import Field, model_validator

from azuraforge_contract.validation import StrictModel
from azuraforge_core.data.config import DatasetConfig, WindowConfig
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.intervals.quantiles import quantile_levels
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import ModelConfig, is_trainable
from azuraforge_core.optim.loss import MseLossConfig
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

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles that the model forecasts, ascending; empty for one number per step."""
        if self.intervals.kind != "quantile":
            return ()
        return quantile_levels(self.intervals.levels)

    @model_validator(mode="after")
    def _quantile_heads_can_be_trained(self) -> Self:
        if not self.quantiles:
            return self
        if not is_trainable(self.model):
            raise ValueError(
                f"intervals.kind: quantile needs a model that is trained; {self.model.kind} is "
                "fitted in closed form. Use intervals.kind: conformal."
            )
        if self.training.loss != MseLossConfig():
            raise ValueError(
                f"training.loss is {self.training.loss.kind}, but intervals.kind: quantile trains "
                "on the pinball loss over its quantiles. Leave training.loss out, or use "
                "intervals.kind: conformal."
            )
        return self
