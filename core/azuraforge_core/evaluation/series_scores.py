"""The errors of each series of a table, from the errors of its windows.

Called for ``metrics.json``: one model over several series can be good on most and bad on one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.facts import Segment

__all__ = ["SeriesScores", "score_series"]


@dataclass(frozen=True)
class SeriesScores:
    """The scores of one series.

    Attributes:
        series: its name.
        windows: how many of its windows were forecast.
        mse: scaled mean squared error over them; the scaling is the table's.
    """

    series: str
    windows: int
    mse: float


def score_series(
    segments: Sequence[Segment], starts: npt.NDArray[np.int64], errors: npt.NDArray[np.float32]
) -> tuple[SeriesScores, ...]:
    """Divide the errors of windows among the series they lie in.

    Args:
        segments: the table's series.
        starts: int64 ``(window,)`` positions on the time axis.
        errors: ``(window,)`` scaled mean squared errors.

    Returns:
        One entry per series that has a window, in the table's order.
    """
    found = []
    for segment in segments:
        own = errors[(starts >= segment.start) & (starts < segment.stop)]
        if len(own):
            mse = float(own.mean(dtype=np.float64))
            found.append(SeriesScores(segment.series, len(own), mse))
    return tuple(found)
