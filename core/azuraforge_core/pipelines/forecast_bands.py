"""The bands of one test window in units, as they were when it was forecast; for the report."""

import numpy as np

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import to_host
from azuraforge_core.evaluation.predictor import QuantilePredictor
from azuraforge_core.intervals.bands import IntervalBands
from azuraforge_core.pipelines.forecast_setup import ForecastOutcome

__all__ = ["window_bands"]


def window_bands(
    outcome: ForecastOutcome, dataset: ForecastDataset, gather: WindowGather, number: int
) -> IntervalBands | None:
    """Return the bands of a test window in the targets' units; None without intervals.

    Args:
        outcome: the measured model.
        dataset: the data.
        gather: makes the batches.
        number: of the test window, from 0, as in ``outcome.test.starts``.

    Returns:
        Bands whose ends are ``(horizon, target, level)``.
    """
    measured, predictor = outcome.measured_intervals, outcome.fit.fitted.predictor
    if measured is None:
        return None
    batch = gather(np.array([outcome.test.starts[number]], dtype=np.int64))
    if measured.stored.facts.kind == "quantile" and isinstance(predictor, QuantilePredictor):
        forecast = predictor.predict_quantiles(batch.x, batch.future)
    else:
        forecast = predictor.predict(batch.x, batch.future)
    targets = len(dataset.facts.target_names)
    bands = measured.bands(number, to_host(forecast)).in_units(
        dataset.scaler.mean[:targets], dataset.scaler.std[:targets]
    )
    return IntervalBands(bands.levels, bands.lower[0], bands.upper[0])
