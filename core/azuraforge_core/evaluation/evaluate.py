"""Scores a model on every window of a part; called after training and for baselines."""

import numpy as np

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.evaluation.scores import Scores, ScoreSums

__all__ = ["evaluate"]


def evaluate(
    predictor: Predictor,
    dataset: ForecastDataset,
    part: Part,
    *,
    batch_size: int = 256,
    gather: WindowGather | None = None,
) -> Scores:
    """Forecast all windows of a part and score them; no window is dropped.

    Args:
        predictor: the model.
        dataset: the data.
        part: which windows.
        batch_size: windows forecast at once; changes only speed and memory.
        gather: where batches come from; by default one on the CPU.
    """
    gather = gather or WindowGather(dataset, Device("cpu", np))
    count = len(dataset.facts.target_names)
    targets = tuple((column.name, column.unit) for column in dataset.facts.columns[:count])
    sums = ScoreSums(targets, dataset.scaler.std[:count])
    for starts in dataset.starts(part).batches(batch_size):
        batch = gather(starts)
        sums.add(predictor.predict(batch.x, batch.future), batch.y)
    return sums.close()
