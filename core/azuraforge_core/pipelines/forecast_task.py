"""A neural forecaster and its windows, as the fit loop sees them."""

from collections.abc import Mapping

from azuraforge_core.autograd.array import Array
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.nn.module import Module
from azuraforge_core.optim.loss import TrainingLoss
from azuraforge_core.optim.train_step import Batch
from azuraforge_core.pipelines.forecast_sample import sample_of
from azuraforge_core.pipelines.forecast_window import forecast_window
from azuraforge_core.training.facts import WindowSample

__all__ = ["ForecastTask"]


class ForecastTask:
    """Training windows, validation and a live picture; the test part stays out of reach.

    Args:
        model: the forecaster, placed on the device.
        predictor: forecasts with it.
        dataset: the data.
        gather: makes the batches.
        loss: the only loss that fits the model's heads; None: the one that the job names.
    """

    selection_metric = "validation.mse"

    def __init__(
        self,
        model: Module,
        predictor: Predictor,
        dataset: ForecastDataset,
        gather: WindowGather,
        loss: TrainingLoss | None = None,
    ) -> None:
        self.model = model
        self.loss = loss
        self._predictor = predictor
        self._dataset = dataset
        self._gather = gather
        self._starts = dataset.starts(Part.TRAIN)
        self.items = len(self._starts)

    def batch(self, numbers: Array) -> Batch:
        """Return training windows on the device; see `TrainingTask.batch`."""
        return self._gather(self._starts.take(numbers))

    def validate(self) -> Mapping[str, float]:
        """Return the scaled errors over all validation windows."""
        scores = evaluate(self._predictor, self._dataset, Part.VALIDATION, gather=self._gather)
        return {"validation.mse": scores.mse, "validation.mae": scores.mae}

    def sample(self) -> tuple[WindowSample, ...]:
        """Return the forecast of the latest validation window."""
        starts = self._dataset.starts(Part.VALIDATION)
        start = int(starts.take([len(starts) - 1])[0])
        window = forecast_window(self._predictor, self._dataset, self._gather, start)
        return sample_of(self._dataset, window)
