"""The Diebold-Mariano test: against two other implementations, and what must hold of any."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from azuraforge_core.evaluation.diebold_mariano import diebold_mariano
from azuraforge_core.evaluation.student_t import two_sided_p_value

LOSSES = [((7 * i * i + 3 * i) % 19) / 4 for i in range(40)]
RIVALS = [((5 * i * i + 11 * i + 2) % 23) / 4 for i in range(40)]

# Horizon, statistic and p of the losses above by two routes that share no code with ours:
# statsmodels 0.15.0, OLS of the difference on a constant with HAC covariance (Bartlett, maxlags
# h - 1, no correction), its t value times the factor of Harvey et al., p by SciPy 1.17.1; and the
# package dieboldmariano 1.1.0 with variance_estimator="bartlett", harvey_correction=True. They
# agree with each other to 14 digits of the statistic.
REFERENCE = [
    (1, -1.6937342293992974, 0.0982893801725341),
    (2, -1.6027552349523475, 0.11705822703540168),
    (4, -1.7093454653790483, 0.09533408639703587),
    (8, -1.4785610574172934, 0.14728958832415076),
]

# Statistic, degrees of freedom, 2 * scipy.stats.t.sf(|statistic|, degrees) of SciPy 1.17.1.
STUDENT_T = [
    (0.0, 5, 1.0),
    (0.5, 1, 0.7048327646991335),
    (2.0, 3, 0.13932596855884305),
    (-2.5, 10, 0.03144684423660882),
    (1.96, 1000, 0.050273184955748736),
    (12.0, 4, 0.000276428548502973),
    (40.0, 2784, 7.833233531726979e-277),
    (1e-8, 7, 0.999999992300171),
]

losses = arrays.arrays(
    np.float64, 30, elements=st.floats(0, 100, allow_subnormal=False).map(lambda v: round(v, 3))
)
horizons = st.integers(1, 12)


@pytest.mark.parametrize(("horizon", "statistic", "p_value"), REFERENCE)
def test_agrees_with_two_other_implementations(
    horizon: int, statistic: float, p_value: float
) -> None:
    """Statistic and p on fixed numbers are those of statsmodels and of dieboldmariano."""
    found = diebold_mariano(LOSSES, RIVALS, horizon=horizon)
    assert found is not None
    assert found.statistic == pytest.approx(statistic, rel=1e-12)
    assert found.p_value == pytest.approx(p_value, rel=1e-10)
    assert (found.windows, found.lags) == (40, horizon - 1)


@pytest.mark.parametrize(("statistic", "degrees", "p_value"), STUDENT_T)
def test_student_t_agrees_with_scipy(statistic: float, degrees: int, p_value: float) -> None:
    """The two-sided tail of Student's t is that of SciPy, far out in the tail as well."""
    assert two_sided_p_value(statistic, degrees) == pytest.approx(p_value, rel=1e-10)


@given(losses, losses, horizons)
def test_turning_the_question_around_turns_the_sign(
    ours: np.ndarray, theirs: np.ndarray, horizon: int
) -> None:
    """Swapping the forecasts negates the statistic and leaves p as it is."""
    one = diebold_mariano(ours, theirs, horizon=horizon)
    other = diebold_mariano(theirs, ours, horizon=horizon)
    assert one is not None
    assert other is not None
    assert one.statistic == -other.statistic
    assert one.p_value == other.p_value
    assert 0.0 <= one.p_value <= 1.0


@given(losses, horizons)
def test_equal_losses_are_no_difference(same: np.ndarray, horizon: int) -> None:
    """Forecasts with the same losses give statistic 0 and p 1, not a division by zero."""
    found = diebold_mariano(same, same, horizon=horizon)
    assert found is not None
    assert (found.statistic, found.p_value, found.mean_difference) == (0.0, 1.0, 0.0)


@given(losses, losses, horizons, st.sampled_from([2.0**-20, 0.5, 4.0, 2.0**20]))
def test_the_unit_of_the_loss_does_not_count(
    ours: np.ndarray, theirs: np.ndarray, horizon: int, factor: float
) -> None:
    """Losses in another unit give the same statistic and p."""
    one = diebold_mariano(ours, theirs, horizon=horizon)
    other = diebold_mariano(ours * factor, theirs * factor, horizon=horizon)
    assert one is not None
    assert other is not None
    assert other.statistic == pytest.approx(one.statistic, rel=1e-9)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-9, abs=1e-12)


def test_a_constant_difference_is_certain() -> None:
    """Losses that differ by the same amount everywhere leave no doubt."""
    ours = np.linspace(1.0, 2.0, 20)
    found = diebold_mariano(ours, ours + 0.1, horizon=3)
    assert found is not None
    assert (found.statistic, found.p_value) == (-math.inf, 0.0)


def test_no_more_windows_than_the_horizon_say_nothing() -> None:
    """With n <= h windows all of them overlap, and there is no test."""
    assert diebold_mariano(LOSSES[:8], RIVALS[:8], horizon=8) is None
    assert diebold_mariano(LOSSES[:9], RIVALS[:9], horizon=8) is not None


def test_windows_that_do_not_overlap_share_nothing() -> None:
    """Two blocks of windows a horizon apart or more have no covariance between them."""
    near = np.r_[np.arange(20), np.arange(23, 43)]
    far = np.r_[np.arange(20), np.arange(1000, 1020)]
    horizon = 4
    assert near[20] - near[19] == horizon
    one = diebold_mariano(LOSSES, RIVALS, horizon=horizon, positions=near)
    other = diebold_mariano(LOSSES, RIVALS, horizon=horizon, positions=far)
    joined = diebold_mariano(LOSSES, RIVALS, horizon=horizon)
    assert one is not None
    assert other is not None
    assert joined is not None
    assert one.statistic == pytest.approx(other.statistic, rel=1e-12)
    assert one.statistic != pytest.approx(joined.statistic, rel=1e-3)


@pytest.mark.parametrize(
    ("ours", "theirs", "horizon", "positions"),
    [
        ([1.0, 2.0], [1.0], 1, None),
        ([1.0, math.nan], [1.0, 2.0], 1, None),
        ([1.0, 2.0], [1.0, 2.0], 0, None),
        ([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], 1, [0, 2, 1]),
        ([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], 1, [0, 1]),
    ],
)
def test_refuses_what_is_no_question(
    ours: list[float], theirs: list[float], horizon: int, positions: list[int] | None
) -> None:
    """Losses of different length, NaN, no horizon and positions out of order are refused."""
    with pytest.raises(ValueError, match=r"expected|finite|at least|ascend"):
        diebold_mariano(ours, theirs, horizon=horizon, positions=positions)
