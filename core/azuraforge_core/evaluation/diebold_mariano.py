"""Is one forecast better than another, or was it luck? The Diebold-Mariano test.

Called by the backtest. Sources: Diebold and Mariano, "Comparing Predictive Accuracy", Journal of
Business & Economic Statistics 13 (1995); Harvey, Leybourne and Newbold, "Testing the equality of
prediction mean squared errors", International Journal of Forecasting 13 (1997); Newey and West,
Econometrica 55 (1987).

With the loss difference ``d(t) = loss(t) - rival(t)`` of n windows, its mean ``m`` and its
autocovariances ``g(k) = (1/n) sum (d(t) - m)(d(t - k) - m)``::

    variance  = g(0) + 2 sum[k = 1 .. h-1] (1 - k/h) g(k)            Newey and West, h - 1 lags
    statistic = m / sqrt(variance / n) · sqrt((n + 1 - 2h + h(h-1)/n) / n)      Harvey et al.
    p         = P(|T| >= |statistic|), T of Student's t with n - 1 degrees of freedom

h is the horizon: two windows that begin fewer than h steps apart forecast some of the same rows,
so that their errors are not independent. Bartlett's weights ``1 - k/h`` keep the variance from
becoming negative, which the unweighted sum of the first paper can. The correction's inside is
``(n - h)(n - h + 1)/n²``: with no more windows than the horizon there is no test.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_core.evaluation.student_t import two_sided_p_value

__all__ = ["DieboldMariano", "diebold_mariano"]

Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DieboldMariano:
    """The outcome of a test.

    Attributes:
        statistic: negative where the first forecast has the smaller losses; infinite where the
            losses differ by the same amount everywhere.
        p_value: two-sided: how likely a difference at least this large is if both are equally
            good.
        mean_difference: mean loss of the first less that of the second.
        windows: how many pairs of losses were compared.
        lags: how many autocovariances entered the variance.
    """

    statistic: float
    p_value: float
    mean_difference: float
    windows: int
    lags: int


def diebold_mariano(
    losses: npt.ArrayLike,
    rival_losses: npt.ArrayLike,
    *,
    horizon: int,
    positions: npt.ArrayLike | None = None,
) -> DieboldMariano | None:
    """Test whether two forecasts of the same windows are equally good.

    Args:
        losses: ``(window,)`` the loss of each window under the first forecast.
        rival_losses: ``(window,)`` the same windows under the second.
        horizon: steps ahead.
        positions: integers ``(window,)``, the step of time at which each window begins, ascending;
            by default one after another. Windows that are missing in between (gaps, borders of
            folds) add nothing to an autocovariance, but keep the others at their true distance.

    Returns:
        The outcome, or None where there are no more windows than the horizon: nothing can be
        said then. Losses that do not differ at all give statistic 0 and p 1.

    Raises:
        ValueError: the losses differ in shape or are not finite, the horizon is below 1, or the
            positions do not ascend.
    """
    difference = _difference(losses, rival_losses, horizon)
    count = len(difference)
    if count <= horizon:
        return None
    mean = float(difference.mean())
    centered = difference - mean
    grid = centered if positions is None else _on_grid(centered, positions)
    variance = _newey_west(grid, count, horizon - 1)
    statistic = _statistic(mean, variance / count, difference)
    statistic *= math.sqrt((count - horizon) * (count - horizon + 1)) / count
    return DieboldMariano(
        statistic=statistic,
        p_value=two_sided_p_value(statistic, count - 1),
        mean_difference=mean,
        windows=count,
        lags=horizon - 1,
    )


def _difference(losses: npt.ArrayLike, rival_losses: npt.ArrayLike, horizon: int) -> Float64Array:
    ours = np.asarray(losses, dtype=np.float64)
    theirs = np.asarray(rival_losses, dtype=np.float64)
    if ours.ndim != 1 or ours.shape != theirs.shape:
        raise ValueError(
            f"expected two rows of losses of one length, got {ours.shape} and {theirs.shape}"
        )
    if horizon < 1:
        raise ValueError(f"the horizon is at least 1, got {horizon}")
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise ValueError("losses must be finite numbers")
    return ours - theirs


def _on_grid(centered: Float64Array, positions: npt.ArrayLike) -> Float64Array:
    """Return centered differences at their steps of time, 0 where there is no window."""
    steps = np.asarray(positions, dtype=np.int64)
    if steps.shape != centered.shape or (np.diff(steps) <= 0).any():
        raise ValueError("positions must ascend, one for each loss")
    grid = np.zeros(int(steps[-1] - steps[0]) + 1)
    grid[steps - steps[0]] = centered
    return grid


def _newey_west(centered: Float64Array, count: int, lags: int) -> float:
    """Return the long-run variance with Bartlett's weights; never negative."""
    variance = float(np.vdot(centered, centered))
    for lag in range(1, min(lags, len(centered) - 1) + 1):
        weight = 1.0 - lag / (lags + 1)
        variance += 2.0 * weight * float(np.vdot(centered[lag:], centered[:-lag]))
    return max(variance, 0.0) / count


def _statistic(mean: float, variance_of_mean: float, difference: Float64Array) -> float:
    """Return mean over standard error, with an answer where nothing varies."""
    spread = float(np.ptp(difference))
    largest = float(np.abs(difference).max())
    if largest == 0.0:
        return 0.0
    is_constant = spread <= largest * np.finfo(np.float64).eps * 8  # a rounding is no variation
    if is_constant or variance_of_mean <= 0.0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / math.sqrt(variance_of_mean)
