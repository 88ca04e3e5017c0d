"""DLinear: linear maps of a window's trend and of the remainder.

Zeng et al., "Are Transformers Effective for Time Series Forecasting?", AAAI 2023. It forecasts each
target from its own past alone.
"""

from typing import Literal

from pydantic import Field, field_validator

from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.nn.initializer import fan_in_uniform
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Parameter
from azuraforge_core.nn.revin import WindowNorm, WindowNormalization
from azuraforge_core.ops.add import add
from azuraforge_core.ops.decomposition_linear import decomposition_linear
from azuraforge_core.ops.narrow import narrow

__all__ = ["DLinear", "DLinearConfig"]


class DLinearConfig(StrictModel):
    """Linear maps of trend and remainder."""

    kind: Literal["dlinear"] = "dlinear"
    kernel_size: int = Field(default=25, ge=1)
    """Time steps of the moving average that is the trend; odd."""
    individual: bool = False
    """Whether every target has weights of its own."""
    normalization: WindowNormalization = WindowNormalization.NONE
    """What is taken off each window first; the published model takes off nothing."""

    @field_validator("kernel_size")
    @classmethod
    def _is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"must be odd, so that the average is centered, got {value}")
        return value


class DLinear(Module):
    """The model.

    Args:
        config: its settings.
        shape: the window's sizes.
    """

    def __init__(self, config: DLinearConfig, shape: WindowShape) -> None:
        super().__init__()
        self.shape = shape
        self.kernel_size = config.kernel_size
        own = (shape.targets,) if config.individual else ()
        start = fan_in_uniform(shape.lookback)
        self.seasonal_weight = Parameter((*own, shape.horizon, shape.lookback), start)
        self.seasonal_bias = Parameter((*own, shape.horizon), start)
        self.trend_weight = Parameter((*own, shape.horizon, shape.lookback), start)
        self.trend_bias = Parameter((*own, shape.horizon), start)
        self.norm = WindowNorm(shape.targets, config.normalization)

    def __call__(self, x: Tensor, future: Tensor | None = None) -> Tensor:
        """Forecast the targets.

        Args:
            x: ``(batch, lookback, channel)``; only the targets are used.
            future: not used.

        Returns:
            ``(batch, horizon, target)``.
        """
        del future
        targets = narrow(x, axis=2, start=0, stop=self.shape.targets)
        window = self.norm.level(targets)
        y = decomposition_linear(
            self.norm.normalize(targets, window),
            self.seasonal_weight,
            self.trend_weight,
            add(self.seasonal_bias, self.trend_bias),
            kernel=self.kernel_size,
        )
        return self.norm.restore(y, window)
