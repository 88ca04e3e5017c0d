"""The module tree, its placement on a device and its state."""

import numpy as np
import pytest

from azuraforge_core.autograd.arena import StateMismatchError
from azuraforge_core.device import Device
from azuraforge_core.nn.feed_forward import FeedForward
from azuraforge_core.nn.initializer import Constant
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.normalization import BatchNorm
from azuraforge_core.nn.parameter import Parameter
from azuraforge_core.nn.place import place

CPU = Device("cpu", np)


class _Network(Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = Parameter((2,), Constant(3.0))
        self.layers = (Linear(2, 3), FeedForward(3, 4))
        self.norm = BatchNorm(3)


class _Extended(_Network):
    def __init__(self) -> None:
        super().__init__()
        self.added = Linear(5, 5)
        self.layers = (Linear(2, 3), FeedForward(3, 4))


def _placed(network: Module, seed: int = 1, dtype: str = "float32") -> Module:
    place(network, seed=seed, device=CPU, dtype=dtype)
    return network


def test_names_follow_the_attributes() -> None:
    """Parameters and buffers are named by their path, in the order of the constructor."""
    network = _Network()
    assert [name for name, _ in network.named_parameters()] == [
        "scale",
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.inner.weight",
        "layers.1.inner.bias",
        "layers.1.outer.weight",
        "layers.1.outer.bias",
        "norm.gain",
        "norm.bias",
    ]
    assert [name for name, _ in network.named_buffers()] == [
        "norm.running_mean",
        "norm.running_variance",
    ]
    assert network.parameter_count() == 2 + 9 + 16 + 15 + 6


def test_parameters_and_gradients_are_views_of_the_arenas() -> None:
    """Changing an arena changes every parameter or gradient in it."""
    network = _placed(_Network())
    network.placement.values.array.fill(7.0)
    network.placement.gradients.array.fill(8.0)
    for _, parameter in network.named_parameters():
        assert (parameter.array == 7.0).all()
        assert parameter.grad is not None
        assert (parameter.grad == 8.0).all()


def test_an_added_parameter_changes_no_other_start() -> None:
    """Initial values depend on the seed and the parameter's own name alone."""
    small, large = _placed(_Network()).state_dict(), _placed(_Extended()).state_dict()
    assert set(small) < set(large)
    for name, array in small.items():
        assert array.tobytes() == large[name].tobytes()


def test_seed_and_name_change_the_start() -> None:
    """Another seed gives other values, and two parameters of one shape differ."""
    first, other = _placed(_Network()).state_dict(), _placed(_Network(), seed=2).state_dict()
    assert (first["layers.0.weight"] != other["layers.0.weight"]).all()
    assert (first["norm.bias"] == other["norm.bias"]).all()


def test_linear_starts_as_published() -> None:
    """A linear layer starts uniform within 1/√inputs, weight and bias."""
    layer = _placed(Linear(100, 400), dtype="float64")
    for name in ("weight", "bias"):
        values = layer.state_dict()[name]
        assert np.abs(values).max() <= 0.1
        assert abs(values).max() > 0.099
        assert abs(values.std() - 0.1 / np.sqrt(3.0)) < 0.005


def test_float64_start_is_the_float32_start() -> None:
    """The engine's check in float64 begins at the same point as training in float32."""
    narrow, wide = _placed(_Network()).state_dict(), _placed(_Network(), dtype="float64")
    for name, array in wide.state_dict().items():
        np.testing.assert_array_equal(array.astype("float32"), narrow[name])


def test_training_and_evaluation_reach_every_layer() -> None:
    """Switching a model switches everything below it."""
    network = _Network()
    network.eval()
    assert not any(module.training for _, module in network.named_modules())
    network.train()
    assert all(module.training for _, module in network.named_modules())


def test_state_survives_a_round_trip() -> None:
    """A state taken from one model makes another equal bit by bit, buffers included."""
    first, second = _placed(_Network()), _placed(_Network(), seed=2)
    first.placement.buffers.array[:] = 4.0
    second.load_state_dict(first.state_dict())
    assert {name: array.tobytes() for name, array in first.state_dict().items()} == {
        name: array.tobytes() for name, array in second.state_dict().items()
    }


def test_a_foreign_state_is_refused_whole() -> None:
    """A state of another model is an error that names what differs, and changes nothing."""
    network = _placed(_Network())
    before = network.state_dict()
    foreign = {**before, "scale": np.zeros(3, dtype=np.float32)}
    with pytest.raises(StateMismatchError, match="scale has shape"):
        network.load_state_dict(foreign)
    with pytest.raises(StateMismatchError, match=r"lacks norm\.gain"):
        network.load_state_dict({n: a for n, a in before.items() if n != "norm.gain"})
    assert all((before[name] == array).all() for name, array in network.state_dict().items())


def test_an_unplaced_module_says_so() -> None:
    """Asking a description for its arrays is an error in words."""
    with pytest.raises(RuntimeError, match="call place"):
        _Network().state_dict()
