"""A trained module as a `Predictor`, and a predictor that tells that it is alive."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from azuraforge_contract.errors import PreemptedError
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.evaluation.predictor import Predictor, QuantilePredictor
from azuraforge_core.models.quantile_forecaster import QuantileForecaster
from azuraforge_core.nn.module import Module
from azuraforge_core.training.observer import StopSignal, TrainingObserver

if TYPE_CHECKING:
    from azuraforge_core.optim.train_step import Forecaster

__all__ = ["ModulePredictor", "QuantileModulePredictor", "WatchedPredictor", "predictor_of"]


class ModulePredictor:
    """Forecasts with a module, without dropout and without a tape.

    Args:
        model: a placed forecaster.
    """

    def __init__(self, model: Module) -> None:
        if not callable(model):
            raise TypeError(f"{type(model).__name__} cannot be called with a batch")
        self._model = model
        self._forecast = cast("Forecaster", model)

    @property
    def model(self) -> Module:
        """The forecaster itself, for export, which records what it computes."""
        return self._model

    def predict(self, x: Any, future: Any | None) -> Any:
        """Forecast ``(batch, horizon, target)``; see `Predictor.predict`."""
        self._model.eval()
        known_ahead = None if future is None else Tensor(future)
        return self._forecast(Tensor(x), known_ahead).array


class QuantileModulePredictor:
    """Forecasts with a module that has quantile heads, an odd number of them.

    Quantiles that cross are sorted, which brings them nearer to the true ones (Chernozhukov,
    Fernández-Val and Galichon, "Quantile and Probability Curves Without Crossing", 2010).

    Args:
        model: a placed forecaster.
    """

    def __init__(self, model: QuantileForecaster) -> None:
        self._model = model

    @property
    def model(self) -> QuantileForecaster:
        """The forecaster itself, for export, which records what it computes."""
        return self._model

    def predict(self, x: Any, future: Any | None) -> Any:
        """Forecast the median ``(batch, horizon, target)``; see `Predictor.predict`."""
        return self.predict_quantiles(x, future)[..., self._model.quantiles // 2]

    def predict_quantiles(self, x: Any, future: Any | None) -> Any:
        """Forecast sorted quantiles; see `QuantilePredictor.predict_quantiles`."""
        self._model.eval()
        known_ahead = None if future is None else Tensor(future)
        return array_module(x).sort(self._model(Tensor(x), known_ahead).array, axis=-1)


def predictor_of(model: Module) -> Predictor:
    """Return what forecasts with a placed model, whatever its heads."""
    if isinstance(model, QuantileForecaster):
        return QuantileModulePredictor(model)
    return ModulePredictor(model)


@dataclass(frozen=True)
class WatchedPredictor:
    """Forecasts with another predictor; tells each batch, and ends when asked to stop.

    Attributes:
        predictor: makes the forecasts.
        observer: told that something was finished.
        stop: looked at before each batch.
    """

    predictor: Predictor
    observer: TrainingObserver
    stop: StopSignal

    def predict(self, x: Any, future: Any | None) -> Any:
        """Forecast ``(batch, horizon, target)``; see `Predictor.predict`.

        Raises:
            PreemptedError: asked to stop.
        """
        self._look()
        forecast = self.predictor.predict(x, future)
        self.observer.alive()
        return forecast

    def predict_quantiles(self, x: Any, future: Any | None) -> Any:
        """Forecast sorted quantiles; see `QuantilePredictor.predict_quantiles`.

        Raises:
            PreemptedError: asked to stop.
            TypeError: the predictor forecasts none.
        """
        self._look()
        if not isinstance(self.predictor, QuantilePredictor):
            raise TypeError(f"{type(self.predictor).__name__} forecasts no quantiles")
        quantiles = self.predictor.predict_quantiles(x, future)
        self.observer.alive()
        return quantiles

    def _look(self) -> None:
        if self.stop.is_requested:
            raise PreemptedError("Asked to stop while forecasts were made.")
