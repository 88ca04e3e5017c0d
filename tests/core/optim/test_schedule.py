"""Learning rates as tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from azuraforge_core.optim.schedule import (
    ConstantSchedule,
    CosineSchedule,
    OneCycleSchedule,
    ScheduleConfig,
    learning_rates,
)

_ADAPTER: TypeAdapter[ScheduleConfig] = TypeAdapter(ScheduleConfig)


def test_constant_is_constant_after_its_warmup() -> None:
    """The rate rises in equal steps to its full value and stays there."""
    rates = learning_rates(ConstantSchedule(warmup_fraction=0.3), peak=1.0, steps=10)
    np.testing.assert_allclose(rates, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1])


def test_cosine_falls_from_full_to_final() -> None:
    """The rate starts full, is half way in the middle and ends at its final fraction."""
    rates = learning_rates(CosineSchedule(final_fraction=0.2), peak=2.0, steps=5)
    np.testing.assert_allclose(rates, [2.0, 1.7656854, 1.2, 0.6343146, 0.4])


def test_one_cycle_equals_pytorchs() -> None:
    """The table equals torch.optim.lr_scheduler.OneCycleLR(max_lr=0.1, total_steps=10)."""
    rates = learning_rates(OneCycleSchedule(), peak=0.1, steps=10)
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


@given(
    st.sampled_from(["constant", "cosine", "one-cycle"]),
    st.integers(1, 400),
    st.floats(1e-6, 10.0),
)
def test_every_rate_is_positive_and_at_most_the_peak(kind: str, steps: int, peak: float) -> None:
    """Whatever the length, no rate is negative, above the peak or not a number."""
    rates = learning_rates(_ADAPTER.validate_python(kind), peak=peak, steps=steps)
    assert rates.shape == (steps,)
    assert (rates >= 0.0).all()
    assert (rates <= peak * (1.0 + 1e-12)).all()


def test_a_name_stands_for_its_defaults() -> None:
    """``schedule: one-cycle`` means the schedule with its default settings."""
    assert _ADAPTER.validate_python("one-cycle") == OneCycleSchedule()
    with pytest.raises(ValidationError, match="one-cycle"):
        _ADAPTER.validate_python("onecycle")


def test_no_steps_are_no_schedule() -> None:
    """A training of no steps is a mistake of the caller."""
    with pytest.raises(ValueError, match="at least one step"):
        learning_rates(ConstantSchedule(), peak=1.0, steps=0)
