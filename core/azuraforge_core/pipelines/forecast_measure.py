"""A finished forecaster on the validation and test windows: its errors and its intervals."""

from dataclasses import dataclass

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.evaluation.scores import Scores
from azuraforge_core.intervals.calibration import Calibrator
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.intervals.meter import IntervalMeter, MeasuredIntervals
from azuraforge_core.pipelines.forecast_scoring import ScoredWindows, score_windows

__all__ = ["Measured", "measure"]


@dataclass(frozen=True)
class Measured:
    """What one look at every validation and test window gives.

    Attributes:
        validation: scores on the validation windows.
        test: scores on the test windows, and each window's error.
        intervals: calibrated on the former, measured on the latter; None where none are wanted.
    """

    validation: Scores
    test: ScoredWindows
    intervals: MeasuredIntervals | None


def measure(
    predictor: Predictor, config: IntervalsConfig, dataset: ForecastDataset, gather: WindowGather
) -> Measured:
    """Forecast all validation and test windows once.

    Args:
        predictor: the model, on the device of ``gather``.
        config: which intervals are wanted.
        dataset: the data.
        gather: makes the batches.
    """
    if config.kind == "none":
        validation = evaluate(predictor, dataset, Part.VALIDATION, gather=gather)
        return Measured(validation, score_windows(predictor, dataset, gather, Part.TEST), None)
    calibrator = Calibrator(config, dataset)
    validation = evaluate(predictor, dataset, Part.VALIDATION, gather=gather, listener=calibrator)
    meter = IntervalMeter(calibrator.close(), dataset)
    test = score_windows(predictor, dataset, gather, Part.TEST, listener=meter)
    return Measured(validation, test, meter.close())
