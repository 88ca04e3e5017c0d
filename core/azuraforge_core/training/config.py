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

__all__ = ["EarlyStoppingConfig", "TrainingConfig"]


class EarlyStoppingConfig(StrictModel):
    """When to stop before the last epoch."""

    patience: int = Field(default=5, ge=1, le=10_000, title="Patience (epochs)")
    """Epochs without a better validation error after which training stops."""


class TrainingConfig(StrictModel):
    """How a model learns. Models in closed form (ridge, last-value, seasonal-naive) need none."""

    epochs: int = Field(default=20, ge=1, le=1_000_000, title="Epochs")
    """Passes over the training windows at most; the best epoch by validation is the result."""
    batch_size: int = Field(default=128, ge=1, le=1_000_000, title="Batch size (windows)")
    """Windows per step; all of them where there are fewer."""
    optimizer: OptimizerConfig = Field(default=AdamWConfig(), title="Optimizer")
    """adamw or sgd, or one with its settings: {kind: sgd, momentum: 0.9}."""
    learning_rate: float = Field(
        default=1e-3, gt=0, allow_inf_nan=False, title="Learning rate (highest)"
    )
    """The highest learning rate of the schedule."""
    loss: LossConfig = Field(default=MseLossConfig(), title="Loss")
    """mse, mae, huber or quantile, or one with its settings: {kind: huber, delta: 0.5}. Whatever
    it is, validation selects by mean squared error."""
    schedule: ScheduleConfig = Field(default=CosineSchedule(), title="Learning rate schedule")
    """constant, cosine (falls to nothing) or one-cycle (rises, then falls), or one with its
    settings: {kind: cosine, warmup_fraction: 0.1}."""
    early_stopping: EarlyStoppingConfig | None = Field(
        default=EarlyStoppingConfig(), title="Early stopping"
    )
    """Stops when validation no longer improves; null trains all epochs."""
    gradient_clip: float | None = Field(
        default=1.0, gt=0, allow_inf_nan=False, title="Gradient clip (global norm)"
    )
    """Longest gradient over all parameters; longer ones are scaled down. null: no limit."""
    precision: Literal["float32"] = Field(default="float32", title="Precision")
    """Number format of parameters and arithmetic."""

    @property
    def patience(self) -> int | None:
        """The patience of early stopping, None where it is switched off."""
        return None if self.early_stopping is None else self.early_stopping.patience
