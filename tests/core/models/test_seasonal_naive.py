"""The seasonal naive baseline repeats the last season of every target."""

import numpy as np
import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_core.data.steps import Step
from azuraforge_core.models.seasonal_naive import (
    SeasonalNaive,
    SeasonalNaiveConfig,
    build_seasonal_naive,
    usual_period,
)
from azuraforge_core.models.shape import WindowShape

SHAPE = WindowShape(lookback=7, horizon=8, targets=1, channels=2)


def test_the_last_season_is_repeated() -> None:
    """With a period of 3 rows the last 3 values come again and again."""
    x = np.zeros((1, 7, 2), dtype=np.float32)
    x[0, :, 0] = [0, 1, 2, 3, 4, 5, 6]
    y = SeasonalNaive(SHAPE, period=3).predict(x, None)
    assert y[0, :, 0].tolist() == [4, 5, 6, 4, 5, 6, 4, 5]


@pytest.mark.parametrize(
    ("unit", "count", "lookback", "period"),
    [
        ("second", 3600, 336, 24),
        ("second", 900, 336, 96),
        ("second", 600, 336, 144),
        ("second", 600, 72, 6),
        ("second", 60, 2000, 1440),
        ("second", 1, 300, 60),
        ("second", 86_400, 30, 7),
        ("second", 7 * 86_400, 100, 52),
        ("second", 7200, 5, 12),
        ("second", 5 * 86_400, 30, 1),
        ("business_day", 1, 30, 5),
        ("month", 1, 30, 12),
        ("month", 3, 30, 4),
        ("month_end", 1, 30, 12),
        ("month", 5, 30, 1),
    ],
)
def test_the_step_suggests_the_season(unit: str, count: int, lookback: int, period: int) -> None:
    """Hours make days, days make weeks, months make years."""
    step = Step.model_validate({"unit": unit, "count": count})
    assert usual_period(step, lookback) == period


def test_a_person_may_set_the_period() -> None:
    """The config's period wins over the step's."""
    step = Step(unit="second", count=3600)
    assert build_seasonal_naive(SeasonalNaiveConfig(period=5), SHAPE, step).period == 5


def test_a_season_longer_than_the_lookback_is_refused() -> None:
    """A model cannot repeat what it does not see."""
    step = Step(unit="second", count=3600)
    with pytest.raises(JobFileError, match=r"24 rows does not fit into window\.lookback 7"):
        build_seasonal_naive(SeasonalNaiveConfig(), SHAPE, step)


def test_it_is_stored_and_restored() -> None:
    """A stored model has the same period."""
    model = SeasonalNaive(SHAPE, period=3)
    assert SeasonalNaive.from_state(model.state(), SHAPE) == model
