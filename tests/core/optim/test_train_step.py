"""The training step: it learns, remembers, repeats itself and goes on where it stopped."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from azuraforge_core.autograd.arena import StateMismatchError
from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import Device
from azuraforge_core.models.dlinear import DLinear, DLinearConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import build_model
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.nn.place import place
from azuraforge_core.optim.loss import LossConfig, QuantileLossConfig, loss_function
from azuraforge_core.optim.optimizer import AdamWConfig, OptimizerConfig
from azuraforge_core.optim.schedule import ConstantSchedule, CosineSchedule, LearningRate
from azuraforge_core.optim.train_step import StepSettings, TrainStep

CPU = Device("cpu", np)
SHAPE = WindowShape(lookback=12, horizon=3, targets=2, channels=3)


@dataclass(frozen=True)
class _Batch:
    x: Array
    future: Array | None
    y: Array


def _batch(seed: int) -> _Batch:
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((8, 12, 3)).astype(np.float32)
    return _Batch(x, None, np.cumsum(x[:, -3:, :2], axis=1))


def _step(settings: StepSettings) -> TrainStep:
    model = DLinear(DLinearConfig(kernel_size=3), SHAPE)
    place(model, seed=1, device=CPU)
    return TrainStep(model, settings)


def _settings(*, history: int = 64, clip_norm: float | None = None) -> StepSettings:
    return StepSettings(
        LearningRate(ConstantSchedule(), 0.02, 10), clip_norm=clip_norm, history=history
    )


def test_training_lowers_the_loss() -> None:
    """A map that can be learnt is learnt."""
    step = _step(_settings(history=400))
    for _ in range(400):
        step.step(_batch(0))
    losses, norms = step.recent(400)
    assert losses[-1] < 0.01 * losses[0]
    assert norms[-1] < norms[0]


def test_the_first_loss_is_the_models() -> None:
    """What is remembered for a step is the loss before that step's update."""
    step, other = _step(_settings()), _step(_settings())
    batch = _batch(0)
    forecast = other.model(Tensor(batch.x)).array
    step.step(batch)
    assert step.recent(1)[0][0] == pytest.approx(((forecast - batch.y) ** 2).mean(), rel=1e-6)


def test_the_latest_losses_are_remembered_in_order() -> None:
    """When more steps were done than are remembered, the latest remain, oldest first."""
    short, long = _step(_settings(history=4)), _step(_settings(history=64))
    assert short.recent(3)[0].shape == (0,)
    for seed in range(7):
        short.step(_batch(seed))
        long.step(_batch(seed))
    np.testing.assert_array_equal(short.recent(9)[0], long.recent(4)[0])
    np.testing.assert_array_equal(short.recent(2)[0], long.recent(7)[0][-2:])
    assert short.count == 7


def test_the_rate_is_read_by_the_step_counter() -> None:
    """Each step takes its own rate from the schedule; behind its end the last one goes on."""
    step = _step(StepSettings(LearningRate(CosineSchedule(), 0.1, 2)))
    changes = []
    for _ in range(3):
        before = step.model.placement.values.array.copy()
        step.step(_batch(0))
        changes.append(float(np.abs(step.model.placement.values.array - before).max()))
    assert changes[0] > 0.0
    assert changes[1:] == [0.0, 0.0]


def test_clipping_limits_the_update_not_the_memory() -> None:
    """A clipped run differs from an unclipped one, and norms are those before clipping."""
    clipped, free = _step(_settings(clip_norm=1e-3)), _step(_settings())
    for _ in range(2):
        clipped.step(_batch(0))
        free.step(_batch(0))
    assert clipped.recent(2)[1][0] == free.recent(2)[1][0] > 1e-3
    assert clipped.recent(1)[0] != free.recent(1)[0]


def test_a_broken_batch_shows_in_the_loss() -> None:
    """A NaN in the data is a NaN loss and a NaN norm at that step."""
    step = _step(_settings(clip_norm=1.0))
    batch = _batch(0)
    batch.y[0, 0, 0] = np.nan
    step.step(batch)
    losses, norms = step.recent(1)
    assert np.isnan(losses[0])
    assert np.isnan(norms[0])


def test_a_foreign_state_is_refused() -> None:
    """State with another history, or without a counter, is an error in words."""
    state = _step(_settings(history=8)).state()
    with pytest.raises(StateMismatchError, match=r"losses has shape \(8,\), expected \(64,\)"):
        _step(_settings(history=64)).load_state(state)
    del state["step.count"]
    with pytest.raises(StateMismatchError, match="lacks count"):
        _step(_settings(history=8)).load_state(state)


@pytest.mark.parametrize("name", ["mse", "mae", "huber", "quantile"])
def test_every_loss_is_least_at_the_truth(name: str) -> None:
    """Each loss named by a job is zero for a perfect forecast and positive for another."""
    config: LossConfig = TypeAdapter(LossConfig).validate_python(name)
    loss = loss_function(config)
    truth = Tensor(np.array([[1.0, -2.0]]))
    assert loss(truth, truth).array == [0.0]
    assert loss(Tensor(truth.array + 0.5), truth).array > 0.0


def test_the_quantile_loss_punishes_sides_by_its_level() -> None:
    """At level 0.9 a forecast too low costs nine times one that is as much too high."""
    loss = loss_function(QuantileLossConfig(level=0.9))
    truth = Tensor(np.zeros(1))
    low, high = loss(Tensor(-np.ones(1)), truth), loss(Tensor(np.ones(1)), truth)
    assert low.array / high.array == pytest.approx(9.0)


def test_optimizers_are_named_or_spelt_out() -> None:
    """``optimizer: adamw`` and ``optimizer: {kind: adamw, ..}`` both work; a typo does not."""
    adapter: TypeAdapter[OptimizerConfig] = TypeAdapter(OptimizerConfig)
    assert adapter.validate_python("adamw") == AdamWConfig()
    spelt_out = adapter.validate_python({"kind": "adamw", "weight_decay": 0.1})
    assert spelt_out == AdamWConfig(weight_decay=0.1)
    with pytest.raises(ValidationError, match="adamw"):
        adapter.validate_python("adan")


def test_the_schema_shows_both_forms() -> None:
    """The schema that editors read allows the short name and the full form."""
    schema = TypeAdapter(OptimizerConfig).json_schema()
    assert {"enum": ["adamw", "adam", "sgd"], "type": "string"} in schema["anyOf"]


def _parts(batch: _Batch, count: int) -> list[_Batch]:
    return [
        _Batch(x, None, y)
        for x, y in zip(np.split(batch.x, count), np.split(batch.y, count), strict=True)
    ]


@pytest.mark.parametrize("count", [2, 4, 8])
def test_several_batches_are_one_that_holds_them_all(count: int) -> None:
    """Added gradients, losses and norms of equal parts are those of the whole, to rounding."""
    whole, parts = _step(_settings(clip_norm=0.5)), _step(_settings(clip_norm=0.5))
    for seed in range(5):
        whole.step(_batch(seed))
        parts.step(*_parts(_batch(seed), count))
    for name, array in whole.state().items():
        if name != "step.batches":
            np.testing.assert_allclose(parts.state()[name], array, rtol=2e-4, atol=2e-6)
    assert parts.count == 5


def test_batch_norm_takes_its_statistics_from_each_batch() -> None:
    """With batch normalization several small batches are not one large one; this is known."""
    config = PatchTstConfig(patch_length=4, features=4, heads=2, hidden=4, layers=1, dropout=0.0)
    losses = []
    for count in (1, 2):
        model = build_model(config, SHAPE, seed=1, device=CPU)
        step = TrainStep(model, _settings())
        step.step(*_parts(_batch(0), count))
        losses.append(step.recent(1)[0][0])
    assert abs(losses[0] - losses[1]) > 1e-4


def test_every_batch_of_a_step_drops_anew() -> None:
    """Two batches of one step have masks of their own, as two of different steps have."""
    config = LstmConfig(hidden=16, dropout=0.5)
    batch = _batch(0)

    def loss_of(count: int) -> float:
        step = TrainStep(build_model(config, SHAPE, seed=1, device=CPU), _settings())
        step.step(*[batch] * count)
        return float(step.recent(1)[0][0])

    assert len({loss_of(count) for count in (1, 2, 3)}) == 3


def test_the_average_is_lent_and_never_trained() -> None:
    """Keeping an average changes no step; it is what the model computes with while it is lent."""
    plain = _step(_settings())
    kept = _step(replace(_settings(), average_decay=0.5))
    for seed in range(4):
        plain.step(_batch(seed))
        kept.step(_batch(seed))
    own = plain.model.state_dict()
    for name, array in kept.model.state_dict().items():
        assert array.tobytes() == own[name].tobytes()
    with kept.averaged(), plain.averaged():
        assert all((array != own[name]).any() for name, array in kept.model.state_dict().items())
        assert all((array == own[name]).all() for name, array in plain.model.state_dict().items())


def test_an_average_that_was_not_kept_is_missed() -> None:
    """State without an average cannot continue a training that keeps one."""
    with pytest.raises(StateMismatchError, match="lacks"):
        _step(replace(_settings(), average_decay=0.5)).load_state(_step(_settings()).state())
