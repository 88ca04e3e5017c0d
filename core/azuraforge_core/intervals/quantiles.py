"""Which quantiles the ends of central intervals are, and what each counts in the CRPS."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["crps_weights", "quantile_levels"]

_DIGITS: Final = 6
_NODES: Final = 20_000
"""Of the midpoint rule; the weights are exact to seven digits."""


def quantile_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Return the quantiles of the ends of all intervals and the median, ascending.

    The interval of level 0.8 lies between the quantiles 0.1 and 0.9.

    Args:
        levels: ascending; L of them give 2·L + 1 quantiles.
    """
    tails = [round((1 - level) / 2, _DIGITS) for level in reversed(levels)]
    return (*tails, 0.5, *(round(1 - tail, _DIGITS) for tail in reversed(tails)))


def crps_weights(quantiles: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return weights w so that Σ wᵢ · 2·pinball(qᵢ) comes near the CRPS.

    The CRPS is the integral of twice the pinball loss over all quantiles (Laio and Tamea, 2007).
    The loss vanishes at 0 and 1 about as q·(1 - q) does, so the loss divided by that is nearly
    flat: it is taken for straight between the quantiles and constant outside, and integrated.

    Args:
        quantiles: ascending, between 0 and 1.
    """
    known = np.asarray(quantiles, dtype=np.float64)
    nodes = (np.arange(_NODES) + 0.5) / _NODES
    bell = nodes * (1 - nodes)
    shares = [np.interp(nodes, known, row) for row in np.eye(len(known))]
    return np.array([(share * bell).mean() for share in shares]) / (known * (1 - known))
