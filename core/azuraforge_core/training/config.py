"""What a job file may say about training.

Pipelines put `TrainingConfig` into their config; the fields are the form, the validation and the
reference at once.
"""

from typing import Literal

from pydantic import Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.optim.loss import LossConfig, MseLossConfig
from azuraforge_core.optim.optimizer import AdamWConfig, OptimizerConfig
from azuraforge_core.optim.schedule import CosineSchedule, ScheduleConfig

__all__ = ["EarlyStoppingConfig", "EmaConfig", "TrainingConfig"]


class EarlyStoppingConfig(StrictModel):
    """When to stop before the last epoch."""

    patience: int = Field(default=5, ge=1, le=10_000, title="Patience (epochs)")
    """Epochs without a better validation error after which training stops."""


class EmaConfig(StrictModel):
    """The exponential moving average of the weights."""

    decay: float = Field(default=0.999, gt=0.0, lt=1.0, title="Decay (per step)")
    """Memory of the average; it spans about 1/(1 - decay) steps."""


class TrainingConfig(StrictModel):
    """How a model learns. Models in closed form (ridge, last-value, seasonal-naive) need none."""

    epochs: int = Field(default=20, ge=1, le=1_000_000, title="Epochs")
    """Passes over the training windows at most; the best epoch by validation is the result."""
    batch_size: int = Field(default=128, ge=1, le=1_000_000, title="Batch size (windows)")
    """Windows per step; all of them where there are fewer."""
    accumulate: int = Field(default=1, ge=1, le=10_000, title="Accumulate (batches per step)")
    """Batches whose mean gradient one step takes: the same as a batch size so many times larger, in
    the memory of one. Batch normalization takes its statistics from each batch alone."""
    optimizer: OptimizerConfig = Field(default=AdamWConfig(), title="Optimizer")
    """adamw, adam or sgd, or one with its settings: {kind: sgd, momentum: 0.9}."""
    learning_rate: float = Field(
        default=1e-3, gt=0, allow_inf_nan=False, title="Learning rate (highest)"
    )
    """The highest learning rate of the schedule."""
    loss: LossConfig = Field(default=MseLossConfig(), title="Loss")
    """mse, mae, huber or quantile, or one with its settings: {kind: huber, delta: 0.5}. Whatever
    it is, validation selects by mean squared error."""
    schedule: ScheduleConfig = Field(default=CosineSchedule(), title="Learning rate schedule")
    """constant, cosine (falls to nothing), step (falls every few epochs) or one-cycle (rises, then
    falls), or one with its settings: {kind: cosine, warmup_fraction: 0.1}."""
    early_stopping: EarlyStoppingConfig | None = Field(
        default=EarlyStoppingConfig(), title="Early stopping"
    )
    """Stops when validation no longer improves; null trains all epochs."""
    gradient_clip: float | None = Field(
        default=1.0, gt=0, allow_inf_nan=False, title="Gradient clip (global norm)"
    )
    """Longest gradient over all parameters; longer ones are scaled down. null: no limit."""
    ema: EmaConfig | None = Field(default=None, title="Average of the weights")
    """The moving average that is validated and stored in place of the last weights; null: none."""
    precision: Literal["float32"] = Field(default="float32", title="Precision")
    """Number format of parameters and arithmetic."""

    @property
    def patience(self) -> int | None:
        """The patience of early stopping, None where it is switched off."""
        return None if self.early_stopping is None else self.early_stopping.patience
