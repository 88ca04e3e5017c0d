"""Student's t distribution: how unlikely a statistic is by chance.

Called by the Diebold-Mariano test. The tail of the distribution is a regularized incomplete beta
function (NIST Digital Library of Mathematical Functions, 8.17 and 8.17.22), computed by its
continued fraction with Lentz's method; no statistics package is needed for this one function.
"""

import math
from typing import Final

__all__ = ["two_sided_p_value"]

_TINY: Final = 1e-300
_PRECISION: Final = 1e-15
_MOST_TERMS: Final = 10_000


def two_sided_p_value(statistic: float, degrees_of_freedom: int) -> float:
    """Return the probability that a t variable is at least as far from 0 as a statistic.

    Args:
        statistic: any number; infinite gives 0.
        degrees_of_freedom: at least 1.

    Raises:
        ValueError: there are no degrees of freedom, or the statistic is NaN.
    """
    if degrees_of_freedom < 1 or math.isnan(statistic):
        raise ValueError(f"no t distribution for {statistic} with {degrees_of_freedom} degrees")
    if math.isinf(statistic):
        return 0.0
    squared = statistic * statistic
    inside = degrees_of_freedom / (degrees_of_freedom + squared)
    outside = squared / (degrees_of_freedom + squared)
    return _incomplete_beta(inside, outside, degrees_of_freedom / 2, 0.5)


def _incomplete_beta(x: float, complement: float, a: float, b: float) -> float:
    """Return the regularized incomplete beta function I_x(a, b).

    Args:
        x: in [0, 1].
        complement: 1 - x, computed without the rounding of that difference.
        a: positive.
        b: positive.
    """
    if x <= 0.0 or complement <= 0.0:
        return 0.0 if x <= 0.0 else 1.0
    front = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(x)
        + b * math.log(complement)
    )
    if x < (a + 1.0) / (a + b + 2.0):  # where the fraction converges fast; else by symmetry
        return front * _continued_fraction(x, a, b) / a
    return 1.0 - front * _continued_fraction(complement, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _PRECISION:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
