"""The static sizes of a forecasting window: what a model is built for.

The data side derives them from the table, `build_model` reads them; they never change during a run.
"""

from dataclasses import dataclass

__all__ = ["WindowShape"]


@dataclass(frozen=True)
class WindowShape:
    """Sizes of one window.

    Attributes:
        lookback: time steps a model sees, of x ``(batch, lookback, channel)``.
        horizon: time steps it forecasts, of y ``(batch, horizon, target)``.
        targets: forecast columns; they are the first channels of x.
        channels: input columns: targets, past, future and calendar, in this order.
        future_channels: columns known over the horizon (future and calendar), of
            future ``(batch, horizon, future_channel)``; they are the last channels of x.
    """

    lookback: int
    horizon: int
    targets: int
    channels: int
    future_channels: int = 0

    def __post_init__(self) -> None:
        positive = (self.lookback, self.horizon, self.targets)
        if min(positive) < 1:
            raise ValueError(f"lookback, horizon and targets must be at least 1, got {positive}")
        if not 0 <= self.future_channels <= self.channels - self.targets:
            raise ValueError(
                f"{self.channels} channels cannot hold {self.targets} targets and "
                f"{self.future_channels} future channels"
            )
