"""A trained module as a `Predictor`, and a predictor that tells that it is alive."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from azuraforge_contract.errors import PreemptedError
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.nn.module import Module
from azuraforge_core.training.observer import StopSignal, TrainingObserver

if TYPE_CHECKING:
    from azuraforge_core.optim.train_step import Forecaster

__all__ = ["ModulePredictor", "WatchedPredictor"]


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
        if self.stop.is_requested:
            raise PreemptedError("Asked to stop while forecasts were made.")
        forecast = self.predictor.predict(x, future)
        self.observer.alive()
        return forecast
