"""The losses a job can name.

In a job file: ``loss: mae`` or, with settings, ``loss: {kind: huber, delta: 0.5}``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.ops.huber import huber
from azuraforge_core.ops.mae import mae
from azuraforge_core.ops.mse import mse
from azuraforge_core.ops.quantile import quantile
from azuraforge_core.optim.shorthand import from_name

__all__ = [
    "HuberLossConfig",
    "LossConfig",
    "LossName",
    "MaeLossConfig",
    "MseLossConfig",
    "QuantileHeadsLoss",
    "QuantileLossConfig",
    "TrainingLoss",
    "loss_function",
]

LossName = Literal["mse", "mae", "huber", "quantile"]


class MseLossConfig(StrictModel):
    """Mean squared error: forecasts the mean."""

    kind: Literal["mse"] = "mse"


class MaeLossConfig(StrictModel):
    """Mean absolute error: forecasts the median."""

    kind: Literal["mae"] = "mae"


class HuberLossConfig(StrictModel):
    """Squared for small errors, absolute for large ones."""

    kind: Literal["huber"] = "huber"
    delta: float = Field(default=1.0, gt=0.0)
    """Where the one becomes the other, in scaled units."""


class QuantileLossConfig(StrictModel):
    """Pinball loss: forecasts one quantile."""

    kind: Literal["quantile"] = "quantile"
    level: float = Field(default=0.5, gt=0.0, lt=1.0)
    """Which quantile."""


LossConfig: TypeAlias = Annotated[
    MseLossConfig | MaeLossConfig | HuberLossConfig | QuantileLossConfig,
    Field(discriminator="kind"),
    BeforeValidator(
        from_name,
        json_schema_input_type=LossName
        | MseLossConfig
        | MaeLossConfig
        | HuberLossConfig
        | QuantileLossConfig,
    ),
]


@dataclass(frozen=True)
class QuantileHeadsLoss:
    """Pinball loss over several quantiles: what a model with quantile heads is trained with.

    No job names it: a model that forecasts ``(batch, horizon, target, quantile)`` has no other.

    Attributes:
        quantiles: one for each entry of the last dimension.
    """

    quantiles: tuple[float, ...]


TrainingLoss: TypeAlias = LossConfig | QuantileHeadsLoss


def loss_function(config: TrainingLoss) -> Callable[[Tensor, Tensor], Tensor]:
    """Return ``(prediction, truth) -> loss of shape (1,)``."""
    match config:
        case MseLossConfig():
            return mse
        case MaeLossConfig():
            return mae
        case HuberLossConfig(delta=delta):
            return lambda prediction, truth: huber(prediction, truth, delta=delta)
        case QuantileLossConfig(level=level):
            return lambda prediction, truth: quantile(prediction, truth, levels=(level,))
        case QuantileHeadsLoss(quantiles=quantiles):
            return lambda prediction, truth: quantile(prediction, truth, levels=quantiles)
