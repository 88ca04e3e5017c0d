"""The last-value baseline repeats the last value of every target."""

import numpy as np
import pytest

from azuraforge_core.models.last_value import LastValue
from azuraforge_core.models.shape import WindowShape

SHAPE = WindowShape(lookback=4, horizon=3, targets=2, channels=5, future_channels=1)


def test_the_last_row_of_each_target_is_repeated() -> None:
    """Other channels and earlier rows change nothing."""
    x = np.arange(2 * 4 * 5, dtype=np.float32).reshape(2, 4, 5)
    y = LastValue(SHAPE).predict(x, None)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, np.repeat(x[:, 3:, :2], 3, axis=1))


def test_it_is_stored_and_restored() -> None:
    """A stored model is the same; a state of another horizon is refused."""
    assert LastValue.from_state(LastValue(SHAPE).state(), SHAPE) == LastValue(SHAPE)
    other = WindowShape(lookback=4, horizon=9, targets=2, channels=5, future_channels=1)
    with pytest.raises(ValueError, match="stored horizon 3, got 9"):
        LastValue.from_state(LastValue(SHAPE).state(), other)
