"""Early stopping: the smallest validation error wins, patience counts epochs after it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.training.early_stopping import EarlyStopping


@given(st.lists(st.floats(min_value=0, max_value=10), min_size=1, max_size=30), st.integers(1, 10))
def test_it_keeps_the_first_of_the_best_and_stops_after_patience(
    values: list[float], patience: int
) -> None:
    """Whatever the errors are, the state is what a look at the whole list gives."""
    state = EarlyStopping()
    for epoch, value in enumerate(values, 1):
        state = state.after(epoch, value)
    best = values.index(min(values)) + 1
    assert (state.best_value, state.best_epoch) == (min(values), best)
    assert state.epochs_since_best == len(values) - best
    assert state.is_over(patience) == (len(values) - best >= patience)
    assert not state.is_over(None)


def test_a_validation_error_that_is_no_number_is_refused() -> None:
    """NaN never becomes the best."""
    with pytest.raises(ValueError, match="finite"):
        EarlyStopping().after(1, float("nan"))
