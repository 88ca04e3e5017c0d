"""What a job file may say about training.

Pipelines put `TrainingConfig` into their config; the fields are the form, the validation and the
reference at once.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from azuraforge_contract.validation import StrictModel

__all__ = ["EarlyStoppingConfig", "TrainingConfig"]

DEFAULT_MOMENTUM = 0.9


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
    optimizer: Literal["adamw", "sgd"] = Field(default="adamw", title="Optimizer")
    """adamw suits nearly every model; sgd is plain gradient descent with momentum."""
    learning_rate: float = Field(
        default=1e-3, gt=0, allow_inf_nan=False, title="Learning rate (highest)"
    )
    """The highest learning rate of the schedule."""
    weight_decay: float = Field(default=0.01, ge=0, le=10, title="Weight decay")
    """Shrinks weights a little in every step (decoupled); 0 switches it off."""
    momentum: float | None = Field(default=None, ge=0, lt=1, title="Momentum (sgd)")
    """For sgd only; null: 0.9."""
    loss: Literal["mse", "mae", "huber"] = Field(default="mse", title="Loss")
    """What training minimizes. Whatever it is, validation selects by mean squared error."""
    schedule: Literal["constant", "cosine", "one-cycle"] = Field(
        default="cosine", title="Learning rate schedule"
    )
    """constant; cosine: falls along a half wave; one-cycle: rises, then falls to nearly nothing."""
    warmup_fraction: float = Field(default=0.05, ge=0, lt=1, title="Warm-up (fraction of steps)")
    """Part of all steps over which the learning rate rises first; constant has none."""
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

    @model_validator(mode="after")
    def _momentum_is_for_sgd(self) -> Self:
        if self.momentum is not None and self.optimizer != "sgd":
            raise ValueError(
                f"momentum belongs to optimizer sgd, got {self.optimizer}. "
                "Remove momentum, or write optimizer: sgd."
            )
        return self
