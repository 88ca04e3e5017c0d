"""Scores of a forecaster on every window of a part, and which windows to look at."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import to_host
from azuraforge_core.evaluation.evaluate import ForecastListener, forecast_part, score_sums
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.evaluation.scores import Scores

__all__ = ["ScoredWindows", "score_windows"]


@dataclass(frozen=True)
class ScoredWindows:
    """Scores of a part, and the error of each window.

    Attributes:
        scores: over all windows.
        starts: int64 ``(window,)`` positions on the time axis.
        errors: float32 ``(window,)`` scaled mean squared errors.
    """

    scores: Scores
    starts: npt.NDArray[np.int64]
    errors: npt.NDArray[np.float32]

    def notable(self) -> tuple[tuple[str, int], ...]:
        """Return windows to look at: the rule by which each was chosen, and its number."""
        order = np.argsort(self.errors, kind="stable")
        chosen = (
            ("Latest window", len(self.starts) - 1),
            ("Median error", int(order[len(order) // 2])),
            ("Largest error", int(order[-1])),
        )
        numbers = [number for _, number in chosen]
        return tuple(
            (label, number)
            for index, (label, number) in enumerate(chosen)
            if number not in numbers[:index]
        )


def score_windows(
    predictor: Predictor,
    dataset: ForecastDataset,
    gather: WindowGather,
    part: Part,
    *,
    batch_size: int = 256,
    listener: ForecastListener | None = None,
) -> ScoredWindows:
    """Forecast all windows of a part; none is dropped.

    Args:
        predictor: the model, on the device of ``gather``.
        dataset: the data.
        gather: makes the batches.
        part: which windows.
        batch_size: windows forecast at once; changes only speed and memory.
        listener: is shown the forecasts.
    """
    sums = score_sums(dataset)
    starts: list[npt.NDArray[np.int64]] = []
    errors: list[npt.NDArray[np.float32]] = []
    for batch in forecast_part(
        predictor,
        dataset,
        part,
        gather,
        batch_size=batch_size,
        with_quantiles=listener is not None and listener.wants_quantiles,
    ):
        sums.add(batch.point, batch.truth)
        starts.append(batch.starts)
        errors.append(to_host(((batch.point - batch.truth) ** 2).mean(axis=(1, 2))))
        if listener is not None:
            listener.add(batch)
    return ScoredWindows(sums.close(), np.concatenate(starts), np.concatenate(errors))
