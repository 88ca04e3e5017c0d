"""What `evaluate` needs of a model: one method, in scaled space; of quantile heads a second."""

from typing import Any, Protocol, runtime_checkable

__all__ = ["Predictor", "QuantilePredictor"]


class Predictor(Protocol):
    """A model that can forecast."""

    def predict(self, x: Any, future: Any | None) -> Any:
        """Forecast ``(batch, horizon, target)``, scaled, on the device of its inputs.

        Args:
            x: float32 ``(batch, lookback, channel)``, scaled.
            future: float32 ``(batch, horizon, future_channel)``, scaled, or None.
        """
        ...


@runtime_checkable
class QuantilePredictor(Predictor, Protocol):
    """A model that forecasts quantiles; its point forecast is the median."""

    def predict_quantiles(self, x: Any, future: Any | None) -> Any:
        """Forecast ``(batch, horizon, target, quantile)``, sorted; arguments as of `predict`."""
        ...
