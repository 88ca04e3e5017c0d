"""What LSTM, GRU and the convolutional network share: one state of the window gives the horizon.

They forecast the change from the window's last value (or in the window's own scale), so that they
need not learn the level. Columns known ahead correct every step of the horizon.
"""

from abc import ABC, abstractmethod

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.target_columns import normalize_targets
from azuraforge_core.nn.future import FutureCorrection
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.revin import WindowNorm, WindowNormalization
from azuraforge_core.ops.add import add
from azuraforge_core.ops.reshape import reshape

__all__ = ["LastStateForecaster"]


class LastStateForecaster(Module, ABC):
    """A network that sums a window up in one vector, and a linear head on it.

    Args:
        shape: the window's sizes.
        features: size of the vector.
        normalization: what is taken off the targets of each window first.
    """

    def __init__(
        self, shape: WindowShape, *, features: int, normalization: WindowNormalization
    ) -> None:
        super().__init__()
        self.shape = shape
        self.norm = WindowNorm(shape.targets, normalization)
        self.head = Linear(features, shape.horizon * shape.targets)
        self.future = (
            FutureCorrection(shape.future_channels, shape.targets, features)
            if shape.future_channels
            else None
        )

    @abstractmethod
    def last_state(self, x: Tensor) -> Tensor:
        """Sum windows ``(batch, lookback, channel)`` up: ``(batch, feature)``."""

    def __call__(self, x: Tensor, future: Tensor | None = None) -> Tensor:
        """Forecast the targets.

        Args:
            x: ``(batch, lookback, channel)``.
            future: ``(batch, horizon, future_channel)``, or None where nothing is known ahead.

        Returns:
            ``(batch, horizon, target)``.
        """
        columns, window = normalize_targets(x, self.norm, self.shape.targets)
        state = self.last_state(columns)
        y = reshape(self.head(state), (x.shape[0], self.shape.horizon, self.shape.targets))
        if self.future is not None and future is not None:
            y = add(y, self.future(future))
        return self.norm.restore(y, window)
