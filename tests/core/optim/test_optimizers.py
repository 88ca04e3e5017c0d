"""Update rules against their published formulas, written out parameter by parameter."""

import numpy as np
import pytest

from azuraforge_core.autograd.arena import StateMismatchError
from azuraforge_core.autograd.array import Array
from azuraforge_core.device import Device
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.place import place
from azuraforge_core.nn.placement import Placement
from azuraforge_core.optim.adam import Adam
from azuraforge_core.optim.clip import clip_factor, global_norm
from azuraforge_core.optim.optimizer import (
    AdamConfig,
    AdamWConfig,
    Optimizer,
    OptimizerConfig,
    SgdConfig,
)
from azuraforge_core.optim.sgd import Sgd

CPU = Device("cpu", np)
RATES = [0.1, 0.05, 0.2, 0.1]


def _placement() -> Placement:
    layer = Linear(300, 400)  # several blocks of the arena
    place(layer, seed=0, device=CPU, dtype="float64")
    return layer.placement


def _gradients(size: int) -> list[Array]:
    return [np.random.default_rng(step).standard_normal(size) for step in range(len(RATES))]


def _run(optimizer: Optimizer, placement: Placement, first: int = 0, *, last: int = 4) -> None:
    gradients = _gradients(placement.values.array.size)
    for step in range(first, last):
        for name in placement.gradients:  # the padding between entries has no gradient
            start = placement.gradients.layout.offsets[name]
            entry = placement.gradients[name]
            entry[...] = gradients[step][start : start + entry.size].reshape(entry.shape)
        optimizer.update(
            np.array([RATES[step]]), np.array([step], dtype=np.uint64), np.array([0.5])
        )


def _adam_by_hand(values: Array, config: AdamConfig | AdamWConfig) -> Array:
    decoupled = isinstance(config, AdamWConfig)
    mean = square = np.zeros_like(values)
    for step, (gradient, rate) in enumerate(zip(_gradients(values.size), RATES, strict=True)):
        clipped = 0.5 * gradient + (0.0 if decoupled else config.weight_decay * values)
        mean = config.beta1 * mean + (1 - config.beta1) * clipped
        square = config.beta2 * square + (1 - config.beta2) * clipped**2
        unbiased_mean = mean / (1 - config.beta1 ** (step + 1))
        unbiased_square = square / (1 - config.beta2 ** (step + 1))
        values = values - (rate * config.weight_decay * values if decoupled else 0.0)
        values = values - rate * unbiased_mean / (np.sqrt(unbiased_square) + config.epsilon)
    return values


def _sgd_by_hand(values: Array, config: SgdConfig) -> Array:
    velocity = np.zeros_like(values)
    for gradient, rate in zip(_gradients(values.size), RATES, strict=True):
        changed = 0.5 * gradient + config.weight_decay * values
        velocity = config.momentum * velocity + changed
        values = values - rate * (
            changed + config.momentum * velocity if config.nesterov else velocity
        )
    return values


def _assert_entries_equal(placement: Placement, expected: Array) -> None:
    for name in placement.values:
        start = placement.values.layout.offsets[name]
        entry = placement.values[name]
        np.testing.assert_allclose(
            entry.reshape(-1), expected[start : start + entry.size], rtol=1e-10, atol=1e-13
        )


@pytest.mark.parametrize(
    "config",
    [
        AdamWConfig(),
        AdamWConfig(beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1),
        AdamWConfig(beta1=0.0, beta2=0.0),
        AdamConfig(),
        AdamConfig(beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1),
    ],
)
def test_adam_follows_its_formula(config: AdamConfig | AdamWConfig) -> None:
    """The folded form changes parameters as Loshchilov and Hutter's algorithm 2 does."""
    placement = _placement()
    expected = _adam_by_hand(placement.values.array.copy(), config)
    _run(Adam(placement, config), placement)
    _assert_entries_equal(placement, expected)


@pytest.mark.parametrize(
    "config",
    [SgdConfig(), SgdConfig(momentum=0.0), SgdConfig(nesterov=True, weight_decay=0.1)],
)
def test_sgd_follows_its_formula(config: SgdConfig) -> None:
    """Momentum, Nesterov's look-ahead and weight decay act as in the formula."""
    placement = _placement()
    expected = _sgd_by_hand(placement.values.array.copy(), config)
    _run(Sgd(placement, config), placement)
    _assert_entries_equal(placement, expected)


_SETTINGS = {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weight_decay": 0.1}
_IN_PYTORCH: list[tuple[OptimizerConfig, list[float]]] = [
    (
        AdamConfig(),
        [0.7454819144510824, -2.0239090045423045, 0.5278732600130358, 3.1318915721201837],
    ),
    (
        AdamConfig(**_SETTINGS),
        [0.698553194865402, -1.878327182434235, 0.5057164048138714, 3.0680128507397955],
    ),
    (
        AdamWConfig(**_SETTINGS),
        [0.7124374456311251, -1.9482339964900115, 0.5094400808265204, 2.9736881135830266],
    ),
    (
        SgdConfig(nesterov=True, weight_decay=0.1),
        [0.5106908949419999, -1.8497644023839996, 0.5881092461485, 3.181828837573],
    ),
]
"""Four parameters after four steps of torch.optim (2.15) in float64."""


@pytest.mark.parametrize(
    ("config", "expected"), _IN_PYTORCH, ids=["adam", "adam decay", "adamw", "sgd"]
)
def test_an_update_is_pytorchs(config: OptimizerConfig, expected: list[float]) -> None:
    """The same gradients and rates end where PyTorch's optimizer of that name ends."""
    layer = Linear(3, 1)
    place(layer, seed=0, device=CPU, dtype="float64")
    layer.weight.array[...] = [[1.0, -2.0, 0.5]]
    layer.bias.array[...] = [3.0]
    optimizer = _made(config, layer.placement)
    gradients = [[0.1, -0.2, 0.3, -4.0], [0.5, 0.25, -1.0, 2.0], [-0.3, 0.6, 0.0, 1.0]]
    for step, gradient in enumerate([*gradients, [1.5, -0.75, 0.2, -0.1]]):
        layer.placement.gradients["weight"][...] = gradient[:3]
        layer.placement.gradients["bias"][...] = gradient[3:]
        optimizer.update(np.array([RATES[step]]), np.array([step], dtype=np.uint64), None)
    ended = [*layer.weight.array[0], *layer.bias.array]
    np.testing.assert_allclose(ended, expected, rtol=1e-10)


@pytest.mark.parametrize(
    "config", [AdamWConfig(weight_decay=0.1), AdamConfig(weight_decay=0.1), SgdConfig()]
)
def test_an_optimizer_goes_on_from_its_state(config: OptimizerConfig) -> None:
    """State taken after two updates and loaded elsewhere continues to the same bits."""
    whole, half = _placement(), _placement()
    optimizer = _made(config, whole)
    _run(optimizer, whole, last=2)
    half.values.array[:] = whole.values.array
    resumed = _made(config, half)
    resumed.load_state(optimizer.state())
    _run(optimizer, whole, 2)
    _run(resumed, half, 2)
    assert whole.values.array.tobytes() == half.values.array.tobytes()


def _made(config: OptimizerConfig, placement: Placement) -> Optimizer:
    if isinstance(config, SgdConfig):
        return Sgd(placement, config)
    return Adam(placement, config)


def test_another_optimizers_state_is_refused() -> None:
    """State of SGD is no state of AdamW."""
    placement = _placement()
    with pytest.raises(StateMismatchError, match="lacks bias, weight"):
        Adam(placement, AdamWConfig()).load_state(Sgd(placement, SgdConfig()).state())


def test_padding_of_the_arena_stays_zero() -> None:
    """Elements between entries never move, so they disturb neither norms nor exports."""
    layer = Linear(3, 3)
    place(layer, seed=0, device=CPU)
    placement = layer.placement
    optimizer = Adam(placement, AdamWConfig(weight_decay=0.1))
    for name in placement.gradients:
        placement.gradients[name][...] = 1.0
    optimizer.update(np.array([0.1]), np.zeros(1, dtype=np.uint64), None)
    used = sum(placement.values[name].size for name in placement.values)
    assert np.count_nonzero(placement.values.array) == used


def test_clipping_shortens_to_the_limit_and_no_more() -> None:
    """A long gradient is scaled to the limit, a short one is left, NaN stays visible."""
    long = np.full(4, 3.0)
    factor = clip_factor(global_norm(long), 1.5)
    np.testing.assert_allclose(np.linalg.norm(long * factor), 1.5, rtol=1e-6)
    assert clip_factor(global_norm(long), 100.0)[0] == 1.0
    assert clip_factor(global_norm(np.zeros(4)), 1.0)[0] == 1.0
    assert np.isnan(clip_factor(global_norm(np.array([np.nan, 1.0])), 1.0)[0])
