"""Scores a model on every window of a part; called after training and for baselines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.evaluation.predictor import Predictor, QuantilePredictor
from azuraforge_core.evaluation.scores import Scores, ScoreSums

__all__ = ["ForecastListener", "PartForecasts", "evaluate", "forecast_part", "score_sums"]


@dataclass(frozen=True)
class PartForecasts:
    """Forecasts of some windows of a part, scaled, on the model's device.

    Attributes:
        starts: int64 ``(batch,)`` positions on the time axis.
        point: ``(batch, horizon, target)``.
        quantiles: sorted ``(batch, horizon, target, quantile)`` where they were asked for.
        truth: ``(batch, horizon, target)``.
    """

    starts: npt.NDArray[np.int64]
    point: Any
    quantiles: Any | None
    truth: Any


class ForecastListener(Protocol):
    """Is shown every forecast while a part is scored."""

    @property
    def wants_quantiles(self) -> bool:
        """Whether the model has quantile heads whose forecasts are wanted."""
        ...

    def add(self, batch: PartForecasts) -> None:
        """Look at the next windows, in order."""
        ...


def evaluate(
    predictor: Predictor,
    dataset: ForecastDataset,
    part: Part,
    *,
    batch_size: int = 256,
    gather: WindowGather | None = None,
    listener: ForecastListener | None = None,
) -> Scores:
    """Forecast all windows of a part and score them; no window is dropped.

    Args:
        predictor: the model.
        dataset: the data.
        part: which windows.
        batch_size: windows forecast at once; changes only speed and memory.
        gather: where batches come from; by default one on the CPU.
        listener: is shown the forecasts.
    """
    gather = gather or WindowGather(dataset, Device("cpu", np))
    sums = score_sums(dataset)
    for batch in forecast_part(
        predictor,
        dataset,
        part,
        gather,
        batch_size=batch_size,
        with_quantiles=listener is not None and listener.wants_quantiles,
    ):
        sums.add(batch.point, batch.truth)
        if listener is not None:
            listener.add(batch)
    return sums.close()


def forecast_part(
    predictor: Predictor,
    dataset: ForecastDataset,
    part: Part,
    gather: WindowGather,
    *,
    batch_size: int = 256,
    with_quantiles: bool = False,
) -> Iterator[PartForecasts]:
    """Yield the forecasts of all windows of a part, in order.

    Args:
        predictor: the model, on the device of ``gather``.
        dataset: the data.
        part: which windows.
        gather: makes the batches.
        batch_size: windows forecast at once; changes only speed and memory.
        with_quantiles: whether the model has quantile heads whose forecasts are wanted.

    Raises:
        TypeError: quantiles are wanted of a model without them.
    """
    if with_quantiles and not isinstance(predictor, QuantilePredictor):
        raise TypeError(f"{type(predictor).__name__} forecasts no quantiles")
    for starts in dataset.starts(part).batches(batch_size):
        batch = gather(starts)
        if with_quantiles and isinstance(predictor, QuantilePredictor):
            quantiles = predictor.predict_quantiles(batch.x, batch.future)
            point = quantiles[..., quantiles.shape[-1] // 2]
            yield PartForecasts(starts, point, quantiles, batch.y)
        else:
            point = predictor.predict(batch.x, batch.future)
            yield PartForecasts(starts, point, None, batch.y)


def score_sums(dataset: ForecastDataset) -> ScoreSums:
    """Return empty sums for a data set's targets."""
    count = len(dataset.facts.target_names)
    targets = tuple((column.name, column.unit) for column in dataset.facts.columns[:count])
    return ScoreSums(targets, dataset.scaler.std[:count])
