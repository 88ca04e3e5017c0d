"""Learning rates as functions of the step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from azuraforge_core.autograd.array import Array
from azuraforge_core.optim.schedule import (
    ConstantSchedule,
    CosineSchedule,
    LearningRate,
    OneCycleSchedule,
    ScheduleConfig,
    StepSchedule,
)

_ADAPTER: TypeAdapter[ScheduleConfig] = TypeAdapter(ScheduleConfig)
KINDS = st.sampled_from(["constant", "cosine", "step", "one-cycle"])


def _rates(schedule: ScheduleConfig, *, peak: float, steps: int, steps_per_epoch: int = 1) -> Array:
    return LearningRate(schedule, peak, steps, steps_per_epoch)(np.arange(steps))


def test_constant_is_constant_after_its_warmup() -> None:
    """The rate rises in equal steps to its full value and stays there."""
    rates = _rates(ConstantSchedule(warmup_fraction=0.3), peak=1.0, steps=10)
    np.testing.assert_allclose(rates, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1])


def test_cosine_falls_from_full_to_final() -> None:
    """The rate starts full, is half way in the middle and ends at its final fraction."""
    rates = _rates(CosineSchedule(final_fraction=0.2), peak=2.0, steps=5)
    np.testing.assert_allclose(rates, [2.0, 1.7656854, 1.2, 0.6343146, 0.4])


def test_step_equals_pytorchs() -> None:
    """The rate equals torch.optim.lr_scheduler.StepLR(step_size=2, gamma=0.1), stepped by epoch."""
    rates = _rates(StepSchedule(every_epochs=2, factor=0.1), peak=0.5, steps=15, steps_per_epoch=3)
    by_epoch = [0.5, 0.5, 0.05, 0.05, 0.005]
    np.testing.assert_allclose(rates, np.repeat(by_epoch, 3), rtol=1e-12)


def test_one_cycle_equals_pytorchs() -> None:
    """The rate equals torch.optim.lr_scheduler.OneCycleLR(max_lr=0.1, total_steps=10)."""
    rates = _rates(OneCycleSchedule(), peak=0.1, steps=10)
    expected = [
        0.004,
        0.052,
        0.1,
        0.09504846320134736,
        0.08117456539497632,
        0.06112620219362892,
        0.03887419780637109,
        0.01882583460502368,
        0.004951936798652651,
        4e-07,
    ]
    np.testing.assert_allclose(rates, expected, rtol=1e-9)


@given(KINDS, st.integers(1, 400), st.floats(1e-6, 10.0), st.floats(0.0, 0.99))
def test_every_rate_is_positive_and_at_most_the_peak(
    kind: str, steps: int, peak: float, warmup: float
) -> None:
    """Whatever the length, no rate is negative, above the peak or not a number."""
    schedule = _ADAPTER.validate_python({"kind": kind, "warmup_fraction": warmup})
    rates = _rates(schedule, peak=peak, steps=steps)
    assert rates.shape == (steps,)
    assert (rates >= 0.0).all()
    assert (rates <= peak * (1.0 + 1e-12)).all()


@given(KINDS, st.integers(10, 400), st.floats(0.1, 0.9))
def test_every_schedule_can_warm_up(kind: str, steps: int, warmup: float) -> None:
    """The rate rises evenly and then follows the schedule."""
    schedule = _ADAPTER.validate_python({"kind": kind, "warmup_fraction": warmup})
    rates = _rates(schedule, peak=1.0, steps=steps, steps_per_epoch=7)
    length = round(warmup * steps)
    np.testing.assert_allclose(
        rates[:length], rates[length] * np.arange(1, length + 1) / (length + 1), rtol=1e-12
    )


@given(KINDS, st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_rate_is_a_function_of_its_step_alone(kind: str, steps: int, step: int) -> None:
    """A rate is the same alone and among others, and behind the end the last one goes on."""
    rate = LearningRate(_ADAPTER.validate_python(kind), 1.0, steps)
    counter = np.array([step], dtype=np.uint64)
    several = rate(np.array([0, step, 0], dtype=np.uint64))
    assert rate(counter)[0] == several[1]
    assert rate(counter + np.uint64(steps))[0] == rate(np.array([steps - 1]))[0]


def test_a_name_stands_for_its_defaults() -> None:
    """``schedule: one-cycle`` means the schedule with its default settings."""
    assert _ADAPTER.validate_python("one-cycle") == OneCycleSchedule()
    with pytest.raises(ValidationError, match="one-cycle"):
        _ADAPTER.validate_python("onecycle")


def test_no_steps_are_no_schedule() -> None:
    """A training of no steps is a mistake of the caller."""
    with pytest.raises(ValueError, match="at least one step"):
        LearningRate(ConstantSchedule(), 1.0, 0)
