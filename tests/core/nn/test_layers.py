"""Layers: what they add to their operations."""

import numpy as np
import pytest

from azuraforge_core.autograd.rng import Randomness
from azuraforge_core.autograd.tape import Tape
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.autograd.threads import compute_threads
from azuraforge_core.device import Device
from azuraforge_core.nn.attention import SelfAttention
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.normalization import BatchNorm
from azuraforge_core.nn.place import place
from azuraforge_core.nn.revin import WindowNorm, WindowNormalization
from azuraforge_core.nn.transformer import EncoderDropout, EncoderLayer
from azuraforge_core.ops.dropout import DropoutMask

CPU = Device("cpu", np)


def _randomness(step: int = 0) -> Randomness:
    return Randomness(1, np.full(1, step, dtype=np.uint64))


def _dropout(rate: float, path: str = "here") -> Dropout:
    layer = Dropout(rate)
    layer.path = path
    return layer


def _dropped(layer: Dropout, size: int = 100_000, step: int = 0) -> np.ndarray:
    with Tape(_randomness(step)):
        return layer(Tensor(np.ones(size, dtype=np.float32))).array


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.51, 0.9])
def test_dropout_drops_its_rate_and_keeps_the_mean(rate: float) -> None:
    """The stated part is dropped, the rest is scaled so that the mean stays."""
    y = _dropped(_dropout(rate))
    assert abs((y == 0.0).mean() - rate) < 0.006
    assert abs(y.mean() - 1.0) < 0.03
    assert len(np.unique(y)) == 2


def test_dropout_differs_by_step_and_layer_only() -> None:
    """A mask repeats for the same step and layer and is unrelated for others."""
    first = _dropped(_dropout(0.5))
    np.testing.assert_array_equal(first, _dropped(_dropout(0.5)))
    for other in (_dropped(_dropout(0.5), step=1), _dropped(_dropout(0.5, "there"))):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.02


def test_backward_uses_the_forward_mask() -> None:
    """The gradient passes where the value passed, whether the mask is remembered or drawn again."""
    x = Tensor(np.ones(1000, dtype=np.float32), requires_grad=True)
    with Tape(_randomness()) as tape:
        y = _dropout(0.5)(x)
        tape.backward(y)
    np.testing.assert_array_equal(x.grad, y.array)
    mask = DropoutMask(0.5, 3, _randomness())
    np.testing.assert_array_equal(mask.kept(0, (1000,)), mask.kept(0, (1000,)))


def test_any_part_of_a_mask_can_be_drawn_alone() -> None:
    """A chunk's mask is that part of the whole, wherever the chunk begins."""
    mask = DropoutMask(0.3, 3, _randomness())
    np.testing.assert_array_equal(mask.kept(13, (57,)), mask.kept(0, (100,))[13:70])


def test_dropout_is_off_in_evaluation() -> None:
    """Evaluation drops nothing and needs no random numbers."""
    x = Tensor(np.ones(10))
    assert _dropout(0.5).eval()(x) is x
    assert _dropout(0.0)(x) is x


def test_dropout_in_training_needs_random_numbers() -> None:
    """Training without a tape that counts steps is an error in words."""
    with pytest.raises(RuntimeError, match="needs a Tape with Randomness"):
        _dropout(0.5)(Tensor(np.ones(10)))


def test_an_impossible_rate_is_refused() -> None:
    """Dropping everything is no dropout."""
    with pytest.raises(ValueError, match="below 1"):
        Dropout(1.0)


def test_batch_norm_learns_the_statistics_it_evaluates_with() -> None:
    """After many batches evaluation normalizes by the data's mean and variance."""
    layer = BatchNorm(2)
    place(layer, seed=0, device=CPU)
    generator = np.random.default_rng(0)
    for _ in range(100):
        layer(Tensor(generator.normal([3.0, -1.0], [2.0, 0.5], (500, 2)).astype(np.float32)))
    np.testing.assert_allclose(layer.running_mean.array, [3.0, -1.0], atol=0.1)
    np.testing.assert_allclose(layer.running_variance.array, [4.0, 0.25], rtol=0.1)
    layer.eval()
    before = layer.running_mean.array.copy()
    y = layer(Tensor(np.array([[5.0, -1.0]], dtype=np.float32))).array
    np.testing.assert_allclose(y, [[1.0, 0.0]], atol=0.15)
    np.testing.assert_array_equal(layer.running_mean.array, before)


def test_attention_divides_features_among_heads() -> None:
    """Features that heads cannot share are an error in words."""
    with pytest.raises(ValueError, match="cannot be divided among 3 heads"):
        SelfAttention(16, 3)


@pytest.mark.parametrize("kind", list(WindowNormalization))
@pytest.mark.parametrize("affine", [False, True])
def test_a_window_gets_its_level_back(kind: WindowNormalization, *, affine: bool) -> None:
    """Normalizing and restoring gives the window back, also far from zero."""
    layer = WindowNorm(3, kind, affine=affine)
    place(layer, seed=0, device=CPU)
    x = Tensor((np.random.default_rng(0).standard_normal((2, 7, 3)) + 1000.0).astype(np.float32))
    window = layer.level(x)
    back = layer.restore(layer.normalize(x, window), window)
    np.testing.assert_allclose(back.array, x.array, rtol=1e-6)


def test_revin_measures_the_scale_far_from_zero() -> None:
    """The variance does not cancel where the level is large: float32 at a level of 10⁴."""
    layer = WindowNorm(1, WindowNormalization.REVIN)
    noise = np.random.default_rng(0).standard_normal((4, 200, 1))
    window = layer.level(Tensor((noise + 1e4).astype(np.float32)))
    assert window is not None
    np.testing.assert_allclose(window.scale.array[:, 0], noise.std(axis=1), rtol=1e-3)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_change_a_bit(threads: int) -> None:
    """Results and gradients are the same bits with any number of threads."""

    def run(count: int) -> list[bytes]:
        layer = _Wide()
        place(layer, seed=0, device=CPU)
        x = Tensor(
            np.random.default_rng(0).standard_normal((64, 40, 16)).astype(np.float32),
            requires_grad=True,
        )
        with compute_threads(count), Tape(_randomness()) as tape:
            y = layer(x)
            tape.backward(y)
        assert x.grad is not None
        return [array.tobytes() for array in (y.array, x.grad, layer.placement.gradients.array)]

    assert run(threads) == run(1)


class _Wide(Module):
    """Enough work that every operation is divided."""

    def __init__(self) -> None:
        super().__init__()
        rates = EncoderDropout(weights=0.1, attended=0.5, hidden=0.3, changed=0.3)
        self.layer = EncoderLayer(16, 4, 128, dropout=rates, norm="batch")

    def __call__(self, x: Tensor) -> Tensor:
        return self.layer(x, None)[0]
