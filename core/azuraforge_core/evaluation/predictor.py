"""What `evaluate` needs of a model: one method, in scaled space."""

from typing import Any, Protocol

__all__ = ["Predictor"]


class Predictor(Protocol):
    """A model that can forecast."""

    def predict(self, x: Any, future: Any | None) -> Any:
        """Forecast ``(batch, horizon, target)``, scaled, on the device of its inputs.

        Args:
            x: float32 ``(batch, lookback, channel)``, scaled.
            future: float32 ``(batch, horizon, future_channel)``, scaled, or None.
        """
        ...
