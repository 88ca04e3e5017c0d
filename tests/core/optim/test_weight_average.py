"""The moving average of the weights: its formula, and that the model gets its own back."""

import numpy as np
import pytest

from azuraforge_core.autograd.arena import StateMismatchError
from azuraforge_core.autograd.array import Array
from azuraforge_core.device import Device
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.normalization import BatchNorm
from azuraforge_core.nn.place import place
from azuraforge_core.optim.weight_average import WeightAverage

CPU = Device("cpu", np)
DECAY = 0.8


def _layer(features: int = 5) -> Module:
    layer = BatchNorm(features)
    place(layer, seed=0, device=CPU, dtype="float64")
    return layer


def _move(layer: Module, step: int) -> Array:
    """Set parameters and buffers to numbers of this step and return them."""
    numbers = np.random.default_rng(step).standard_normal((4, 5))
    for name, row in zip(layer.state_dict(), numbers, strict=True):
        placement = layer.placement
        (placement.values if name in placement.values else placement.buffers).set(name, row)
    return numbers


def _update(average: WeightAverage, layer: Module, first: int, last: int) -> list[Array]:
    moved = []
    for step in range(first, last):
        moved.append(_move(layer, step))
        average.update(np.array([step], dtype=np.uint64))
    return moved


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_the_average_weighs_steps_by_their_age(steps: int) -> None:
    """After t steps it is Σ decay^(t-s)·w_s / Σ decay^(t-s), buffers included."""
    layer = _layer()
    average = WeightAverage(layer.placement, DECAY)
    moved = np.stack(_update(average, layer, 0, steps))
    weights = DECAY ** np.arange(steps - 1, -1, -1)
    expected = np.tensordot(weights / weights.sum(), moved, axes=1)
    with average.applied():
        found = np.stack(list(layer.state_dict().values()))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_model_gets_its_own_weights_back() -> None:
    """Whatever happens while the average is lent, training goes on from the same bits."""
    layer = _layer()
    average = WeightAverage(layer.placement, DECAY)
    _update(average, layer, 0, 3)
    before = {name: array.tobytes() for name, array in layer.state_dict().items()}
    with average.applied():
        assert {name: array.tobytes() for name, array in layer.state_dict().items()} != before
    with pytest.raises(KeyError), average.applied():
        raise KeyError
    assert {name: array.tobytes() for name, array in layer.state_dict().items()} == before


def test_an_average_goes_on_from_its_state() -> None:
    """State taken after two steps and loaded elsewhere continues to the same bits."""
    whole, half = _layer(), _layer()
    average, resumed = (WeightAverage(layer.placement, DECAY) for layer in (whole, half))
    _update(average, whole, 0, 2)
    resumed.load_state(average.state())
    _update(average, whole, 2, 5)
    _update(resumed, half, 2, 5)
    for name, array in average.state().items():
        assert array.tobytes() == resumed.state()[name].tobytes()


def test_another_models_average_is_refused() -> None:
    """An average of another size is an error in words."""
    average = WeightAverage(_layer().placement, DECAY)
    with pytest.raises(StateMismatchError, match="expected"):
        average.load_state(WeightAverage(_layer(3).placement, DECAY).state())
