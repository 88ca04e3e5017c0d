"""The verdict says plainly whether the trained model is worth using."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.report.facts import Score
from azuraforge_core.report.findings import DifferenceFacts
from azuraforge_core.report.verdict import Level, judge, strongest_rival

errors = st.floats(min_value=0, max_value=1e6, allow_nan=False)


def _score(kind: str, mse: float, mae: float = 0.2) -> Score:
    return Score(kind, kind.capitalize(), mse, mae)


@pytest.mark.parametrize(
    ("mse", "level", "headline"),
    [
        (0.083, Level.BETTER, "6 % better than ridge"),
        (0.044, Level.BETTER, "50 % better than ridge"),
        (0.0, Level.BETTER, "100 % better than ridge"),
        (0.0876, Level.EVEN, "Does not clearly beat ridge: use ridge"),
        (0.088, Level.EVEN, "Does not clearly beat ridge: use ridge"),
        (0.0885, Level.EVEN, "Does not clearly beat ridge: use ridge"),
        (0.12, Level.WORSE, "Does not beat ridge: use ridge"),
        (9e9, Level.WORSE, "Does not beat ridge: use ridge"),
    ],
)
def test_the_headline_compares_with_the_strongest_baseline(
    mse: float, level: Level, headline: str
) -> None:
    """A model is compared with the baseline of least error, and a draw is no win."""
    baselines = [_score("last-value", 0.15), _score("ridge", 0.088), _score("seasonal-naive", 0.2)]
    verdict = judge(_score("patchtst", mse), baselines)
    assert (verdict.level, verdict.headline) == (level, headline)


def test_the_detail_names_the_figures_and_the_other_baselines() -> None:
    """The detail gives the errors compared and where the model stands among the others."""
    baselines = [_score("last-value", 0.15), _score("ridge", 0.088), _score("seasonal-naive", 0.2)]
    assert judge(_score("lstm", 0.083), baselines).detail == (
        "Test MSE 0.083, ridge 0.088: 6 % less error. "
        "It is 45 % better than last value and 58 % better than seasonal naive."
    )


def test_a_better_square_error_with_a_worse_absolute_one_is_told() -> None:
    """A win by MSE that is none by MAE is not hidden."""
    verdict = judge(_score("lstm", 0.08, mae=0.25), [_score("ridge", 0.09, mae=0.2)])
    assert "By mean absolute error it is not better: 0.250, ridge 0.200." in verdict.detail


@pytest.mark.parametrize("mse", [math.nan, math.inf])
def test_a_model_without_a_finite_error_is_not_usable(mse: float) -> None:
    """NaN is never a win, nor does it make the report fail."""
    verdict = judge(_score("lstm", mse), [_score("ridge", 0.1)])
    assert (verdict.level, verdict.improvement) == (Level.UNKNOWN, None)
    assert verdict.headline == "Not usable: its test error is not a number"


@pytest.mark.parametrize("baselines", [[], [_score("ridge", math.nan)], [_score("lstm", 0.1)]])
def test_without_a_rival_nothing_is_claimed(baselines: list[Score]) -> None:
    """No baseline, a NaN baseline or only one's own kind gives no comparison."""
    assert judge(_score("lstm", 0.1), baselines).headline == "Not compared with any baseline"


@pytest.mark.parametrize(("mse", "level"), [(0.0, Level.EVEN), (0.1, Level.WORSE)])
def test_a_perfect_baseline_cannot_be_beaten(mse: float, level: Level) -> None:
    """A baseline without error leaves no percentage to tell, and no division by zero."""
    verdict = judge(_score("lstm", mse), [_score("last-value", 0.0)])
    assert (verdict.level, verdict.improvement) == (level, None)
    assert verdict.headline == "Does not beat last value: use last value"


def test_a_baseline_of_the_same_kind_is_no_rival() -> None:
    """A trained ridge is compared with the other baselines, not with itself."""
    baselines = [_score("ridge", 0.088), _score("last-value", 0.15)]
    assert judge(_score("ridge", 0.09), baselines).headline == "40 % better than last value"


def test_a_form_that_validation_did_not_choose_is_no_rival() -> None:
    """Choosing the rival by its test error would be choosing on the test part."""
    other = dataclasses.replace(_score("ridge", 0.05), is_chosen=False)
    verdict = judge(_score("lstm", 0.083), [_score("ridge", 0.088), other])
    assert verdict.headline == "6 % better than ridge"
    assert "0.05" not in verdict.detail


@given(model=errors, rivals=st.lists(errors, min_size=1, max_size=4))
def test_better_is_said_only_of_a_model_that_beats_every_baseline(
    model: float, rivals: list[float]
) -> None:
    """Whatever the errors, "better" implies less error than each baseline's by a percent."""
    baselines = [_score("ridge", mse) for mse in rivals]
    verdict = judge(_score("lstm", model), baselines)
    if verdict.level is Level.BETTER:
        assert all(model < mse for mse in rivals)
    if verdict.level is Level.WORSE:
        assert any(model > mse for mse in rivals)
    rival = strongest_rival(_score("lstm", model), baselines)
    assert rival is not None
    assert rival.mse == min(rivals)


@pytest.mark.parametrize(("p_value", "level"), [(0.02, Level.BETTER), (0.3, Level.EVEN)])
def test_what_may_be_chance_is_not_called_better(p_value: float, level: Level) -> None:
    """A gain that a test does not tell from chance is none; the detail says how likely it is."""
    difference = DifferenceFacts("Ridge", -1.0, p_value, 1500)
    verdict = judge(_score("lstm", 0.08), [_score("ridge", 0.1)], difference)
    assert verdict.level is level
    assert ("chance (p = 0.300)" in verdict.detail) == (level is Level.EVEN)
    assert verdict.improvement == pytest.approx(0.2)
