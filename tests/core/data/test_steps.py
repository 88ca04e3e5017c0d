"""A step turns time stamps into rows and back."""

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given

from azuraforge_core.data.steps import Step, infer_step

STEPS = [
    (Step(unit="second", count=600), "10 minutes"),
    (Step(unit="second", count=3600), "1 hour"),
    (Step(unit="second", count=86_400), "1 day"),
    (Step(unit="second", count=7 * 86_400), "1 week"),
    (Step(unit="second", count=90), "90 seconds"),
    (Step(unit="business_day", count=1), "1 business day"),
    (Step(unit="month", count=1), "1 month"),
    (Step(unit="month", count=3), "3 months"),
    (Step(unit="month_end", count=1), "1 month"),
]


def seconds(*stamps: str) -> npt.NDArray[np.int64]:
    """Return ISO texts as seconds since 1970."""
    return np.array(stamps, dtype="datetime64[s]").astype(np.int64)


@pytest.mark.parametrize(("step", "words"), STEPS, ids=str)
def test_a_step_reads_as_a_person_says_it(step: Step, words: str) -> None:
    """Reports and messages say 10 minutes, not 600 s."""
    assert str(step) == words


@pytest.mark.parametrize("step", [step for step, _ in STEPS], ids=str)
@given(data=st.data())
def test_a_step_is_found_again_in_its_own_grid(step: Step, data: st.DataObject) -> None:
    """A grid with up to a fifth of its inner rows missing is still recognized, rows and times."""
    origin = {"month_end": "2011-01-31T00:00:00"}.get(step.unit, "2011-01-03T00:00:00")
    times = step.times(int(seconds(origin)[0]), 60)
    holes = data.draw(st.sets(st.integers(2, 58), max_size=12))
    kept = np.array([i for i in range(60) if i not in holes])
    found = infer_step(times[kept])
    assert found == step
    np.testing.assert_array_equal(step.positions(times[kept], int(times[0])), kept)


def test_stamps_between_two_steps_have_no_row() -> None:
    """A position off the grid is not a whole number."""
    hour = Step(unit="second", count=3600)
    assert hour.positions(seconds("2013-01-01T00:30"), int(seconds("2013-01-01")[0]))[0] == 0.5
    month = Step(unit="month", count=1)
    assert np.isnan(month.positions(seconds("2013-01-02"), int(seconds("2012-01-01")[0]))[0])
    day = Step(unit="business_day", count=1)
    saturday = seconds("2013-01-05")
    assert np.isnan(day.positions(saturday, int(seconds("2013-01-04")[0]))[0])


def test_trading_days_are_a_step_of_their_own() -> None:
    """Days that skip every weekend are business days, so that a weekend is no gap."""
    days = np.busday_offset("2013-01-01", np.arange(40), roll="forward")
    assert infer_step(days.astype("datetime64[s]").astype(np.int64)) == Step(
        unit="business_day", count=1
    )


def test_one_stamp_has_no_step() -> None:
    """Nothing lies between one stamp and itself."""
    assert infer_step(seconds("2013-01-01")) is None
