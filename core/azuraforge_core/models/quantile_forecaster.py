"""Any trainable model with several quantiles in place of one number.

Made by `build_model`. The model inside is built for a horizon that is as many times as long as
there are quantiles, and what is known ahead is repeated as often; so every architecture gets
quantile heads that share all but their last layer, and none has to know of them.
"""

from collections.abc import Callable
from dataclasses import replace

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.nn.module import Module
from azuraforge_core.ops.concatenate import concatenate
from azuraforge_core.ops.reshape import reshape
from azuraforge_core.ops.transpose import transpose

__all__ = ["QuantileForecaster"]


class QuantileForecaster(Module):
    """Forecasts quantiles, as they are learnt: in training they may still cross.

    Args:
        describe: builds the model inside for a window's sizes.
        shape: the window's sizes.
        quantiles: how many.
    """

    def __init__(
        self, describe: Callable[[WindowShape], Module], shape: WindowShape, quantiles: int
    ) -> None:
        super().__init__()
        self.shape = shape
        self.quantiles = quantiles
        self.inner = describe(replace(shape, horizon=shape.horizon * quantiles))

    def __call__(self, x: Tensor, future: Tensor | None = None) -> Tensor:
        """Forecast the targets' quantiles.

        Args:
            x: ``(batch, lookback, channel)``.
            future: ``(batch, horizon, future_channel)``, or None where nothing is known ahead.

        Returns:
            ``(batch, horizon, target, quantile)``.
        """
        if future is not None:
            future = concatenate(*(future,) * self.quantiles, axis=1)
        y = self.inner(x, future)  # type: ignore[operator]  # every forecaster is callable
        sizes = (x.shape[0], self.quantiles, self.shape.horizon, self.shape.targets)
        return transpose(reshape(y, sizes), (0, 2, 3, 1))
