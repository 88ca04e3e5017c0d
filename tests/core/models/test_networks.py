"""The trainable models: shapes, gradients, determinism and resumption."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.gradient_check import compare_gradients
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.autograd.threads import compute_threads
from azuraforge_core.device import Device
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import TrainableConfig, build_model
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.tcn import TcnConfig, levels_that_reach
from azuraforge_core.nn.revin import WindowNormalization
from azuraforge_core.optim.optimizer import AdamConfig, AdamWConfig, OptimizerConfig, SgdConfig
from azuraforge_core.optim.schedule import CosineSchedule, LearningRate
from azuraforge_core.optim.train_step import Forecaster, StepSettings, TrainStep

CPU = Device("cpu", np)
SHAPE = WindowShape(lookback=12, horizon=5, targets=2, channels=6, future_channels=3)
_SMALL_PATCHES = PatchTstConfig(
    patch_length=4, patch_stride=2, features=8, heads=2, layers=2, hidden=12
)
_SMALL_INVERTED = ITransformerConfig(features=8, heads=2, layers=2, hidden=12)

MODELS: dict[str, TrainableConfig] = {
    "dlinear": DLinearConfig(kernel_size=5),
    "dlinear individual": DLinearConfig(
        kernel_size=5, individual=True, normalization=WindowNormalization.LAST_VALUE
    ),
    "lstm": LstmConfig(hidden=6),
    "lstm deep": LstmConfig(
        hidden=6, layers=2, dropout=0.2, normalization=WindowNormalization.REVIN
    ),
    "gru": GruConfig(hidden=6),
    "gru deep": GruConfig(hidden=6, layers=2, dropout=0.2, normalization=WindowNormalization.REVIN),
    "tcn": TcnConfig(features=6, kernel_size=2),
    "tcn wide": TcnConfig(features=4, levels=1, dropout=0.3),
    "itransformer": _SMALL_INVERTED,
    "itransformer rms": _SMALL_INVERTED.model_copy(update={"norm": "rms", "layers": 1}),
    "itransformer batch": _SMALL_INVERTED.model_copy(
        update={"norm": "batch", "normalization": WindowNormalization.NONE}
    ),
    "patchtst independent": _SMALL_PATCHES,
    "patchtst mixed": _SMALL_PATCHES.model_copy(
        update={"channels": "mixed", "norm": "layer", "head_dropout": 0.1}
    ),
    "patchtst plain": _SMALL_PATCHES.model_copy(
        update={"residual_attention": False, "normalization": WindowNormalization.NONE}
    ),
    "patchtst linear": _SMALL_PATCHES.model_copy(update={"linear_skip": True}),
}
OPTIMIZERS: dict[str, OptimizerConfig] = {
    "adamw": AdamWConfig(weight_decay=0.01),
    "adam": AdamConfig(weight_decay=0.01),
    "sgd": SgdConfig(nesterov=True),
}

every_model = pytest.mark.parametrize("config", MODELS.values(), ids=MODELS.keys())
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())


@dataclass(frozen=True)
class _Batch:
    x: Array
    future: Array | None
    y: Array


def _batch(seed: int, shape: WindowShape = SHAPE, size: int = 3, dtype: str = "float32") -> _Batch:
    generator = np.random.default_rng(seed)

    def draw(steps: int, columns: int) -> Array:
        return generator.standard_normal((size, steps, columns)).astype(dtype)

    future = draw(shape.horizon, shape.future_channels) if shape.future_channels else None
    return _Batch(draw(shape.lookback, shape.channels), future, draw(shape.horizon, shape.targets))


def _forecast(model: object, batch: _Batch) -> Array:
    assert callable(model)
    forecaster: Forecaster = model
    return forecaster(Tensor(batch.x), None if batch.future is None else Tensor(batch.future)).array


def _step(
    config: TrainableConfig, optimizer: OptimizerConfig | None = None, seed: int = 1
) -> TrainStep:
    settings = StepSettings(
        LearningRate(CosineSchedule(final_fraction=0.1), 0.01, 50),
        optimizer=optimizer or AdamWConfig(),
        clip_norm=1.0,
        seed=seed,
        history=16,
    )
    return TrainStep(build_model(config, SHAPE, seed=seed, device=CPU), settings)


def _bits(step: TrainStep) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in step.state().items()}


@every_model
@pytest.mark.parametrize(
    "shape",
    [
        SHAPE,
        WindowShape(lookback=7, horizon=4, targets=1, channels=1),
        WindowShape(lookback=13, horizon=11, targets=3, channels=11),
        WindowShape(lookback=4, horizon=4, targets=1, channels=2, future_channels=1),
    ],
)
def test_any_number_of_columns_fits(config: TrainableConfig, shape: WindowShape) -> None:
    """Every model forecasts (batch, horizon, target) for any numbers of columns, any batch."""
    model = build_model(config, shape, seed=0, device=CPU).eval()
    for size in (1, 5):
        y = _forecast(model, _batch(0, shape, size))
        assert y.shape == (size, shape.horizon, shape.targets)
        assert y.dtype == np.float32
        assert np.isfinite(y).all()


@every_model
def test_a_forecast_does_not_depend_on_its_batch(config: TrainableConfig) -> None:
    """In evaluation a window's forecast is the same alone and among others."""
    model = build_model(config, SHAPE, seed=0, device=CPU, dtype="float64").eval()
    batch = _batch(0, size=5, dtype="float64")
    alone = replace(
        batch, x=batch.x[2:3], future=None if batch.future is None else batch.future[2:3]
    )
    np.testing.assert_allclose(_forecast(model, batch)[2:3], _forecast(model, alone), rtol=1e-10)


@every_model
def test_every_parameter_has_its_gradient(config: TrainableConfig) -> None:
    """A whole model's gradient agrees with central differences, parameter by parameter."""
    model = build_model(config, SHAPE, seed=0, device=CPU, dtype="float64").eval()
    batch = _batch(0, dtype="float64")
    parameters = dict(model.named_parameters())
    start = [parameter.array.copy() for parameter in parameters.values()]
    generator = np.random.default_rng(0)
    start = [values + 0.1 * generator.standard_normal(values.shape) for values in start]
    fields = {name: _owner(model, name) for name in parameters}

    def run(*values: Tensor) -> Tensor:
        for (owner, field), value in zip(fields.values(), values, strict=True):
            setattr(owner, field, value)
        assert callable(model)
        future = None if batch.future is None else Tensor(batch.future)
        y = model(Tensor(batch.x), future)
        assert isinstance(y, Tensor)
        return y

    for name, comparison in zip(parameters, compare_gradients(run, start), strict=True):
        assert comparison.relative_error <= 1e-6, name


def _owner(model: object, name: str) -> tuple[object, str]:
    *path, field = name.split(".")
    owner = model
    for part in path:
        owner = owner[int(part)] if isinstance(owner, tuple) else getattr(owner, part)
    return owner, field


@every_model
def test_what_is_known_ahead_matters(config: TrainableConfig) -> None:
    """Models that take all columns use those of the horizon; the others ignore them."""
    model = build_model(config, SHAPE, seed=0, device=CPU).eval()
    batch = _batch(0)
    assert batch.future is not None
    moved = replace(batch, future=batch.future + 1.0)
    alone = isinstance(config, DLinearConfig) or getattr(config, "channels", "") == "independent"
    assert (_forecast(model, batch) != _forecast(model, moved)).any() != alone


@every_model
def test_a_window_far_away_is_forecast_there(config: TrainableConfig) -> None:
    """Models that take a window's level off forecast a shifted window shifted alike."""
    if getattr(config, "normalization", None) is WindowNormalization.NONE:
        pytest.skip("this model takes nothing off, as published")
    model = build_model(config, SHAPE, seed=0, device=CPU, dtype="float64").eval()
    batch = _batch(0, dtype="float64")
    shifted = replace(batch, x=batch.x.copy())
    shifted.x[:, :, : SHAPE.targets] += 100.0
    np.testing.assert_allclose(_forecast(model, shifted), _forecast(model, batch) + 100.0)


@every_model
def test_the_same_seed_gives_the_same_bits(config: TrainableConfig) -> None:
    """Fifty steps from one seed end in equal bits, on one thread or two; another seed differs."""
    steps = [_step(config), _step(config), _step(config, seed=2)]
    for index, threads in enumerate((1, 2, 1)):
        with compute_threads(threads):
            for number in range(50):
                steps[index].step(_batch(number))
    assert _bits(steps[0]) == _bits(steps[1])
    assert _bits(steps[0]) != _bits(steps[2])


@every_model
@every_optimizer
def test_training_goes_on_where_it_stopped(
    config: TrainableConfig, optimizer: OptimizerConfig
) -> None:
    """State saved at step 7 and loaded into a fresh process's step continues to the same bits."""
    whole = _step(config, optimizer)
    for number in range(7):
        whole.step(_batch(number))
    resumed = _step(config, optimizer)
    resumed.load_state(whole.state())
    for step in (whole, resumed):
        for number in range(7, 20):
            step.step(_batch(number))
    assert _bits(whole) == _bits(resumed)


def test_patchtst_is_the_published_one() -> None:
    """PatchTST/42 with 16 features, 336 to 96 steps, has its published 81,728 parameters."""
    shape = WindowShape(lookback=336, horizon=96, targets=7, channels=7)
    model = build_model(PatchTstConfig(), shape, seed=0, device=CPU)
    assert model.parameter_count() == 81_728


@pytest.mark.parametrize(("hidden", "features", "layers"), [(64, 8, 1), (16, 3, 2)])
def test_recurrent_networks_have_their_gates(hidden: int, features: int, layers: int) -> None:
    """An LSTM has four gates; a GRU has three and one bias more for the candidate."""
    shape = WindowShape(lookback=12, horizon=5, targets=1, channels=features)
    head = hidden * 5 + 5
    above = (layers - 1) * (2 * hidden + 1)
    per_gate = hidden * (hidden + features + 1 + above)
    lstm = build_model(LstmConfig(hidden=hidden, layers=layers), shape, seed=0, device=CPU)
    gru = build_model(GruConfig(hidden=hidden, layers=layers), shape, seed=0, device=CPU)
    assert lstm.parameter_count() == 4 * per_gate + head
    assert gru.parameter_count() == 3 * per_gate + layers * hidden + head


def test_itransformer_is_the_published_one() -> None:
    """With 256 features, 96 to 96 steps, it has the published code's layers and no others."""
    shape = WindowShape(lookback=96, horizon=96, targets=7, channels=7)
    config = ITransformerConfig(features=256, hidden=256)
    affine = 256 * 256 + 256
    encoder = 2 * (6 * affine + 2 * 2 * 256)  # q, k, v, output, two of the network; two norms
    expected = (96 * 256 + 256) + encoder + 2 * 256 + (256 * 96 + 96)
    assert build_model(config, shape, seed=0, device=CPU).parameter_count() == expected


@pytest.mark.parametrize(
    ("lookback", "kernel", "levels"), [(1, 3, 1), (5, 3, 1), (6, 3, 2), (336, 3, 7), (8, 8, 1)]
)
def test_a_tcn_sees_the_whole_lookback(lookback: int, kernel: int, levels: int) -> None:
    """The first row of a window changes the forecast, with no more levels than that takes."""
    assert levels_that_reach(lookback, kernel) == levels
    shape = WindowShape(lookback=lookback, horizon=2, targets=1, channels=1)
    config = TcnConfig(features=3, kernel_size=kernel, normalization=WindowNormalization.NONE)
    model = build_model(config, shape, seed=0, device=CPU, dtype="float64").eval()
    for name, parameter in model.named_parameters():
        if "bias" not in name:  # no path through the network may be closed by a ReLU
            parameter.array[...] = abs(parameter.array)
    batch = _batch(0, shape, dtype="float64")
    batch = replace(batch, x=abs(batch.x))
    moved = replace(batch, x=batch.x.copy())
    moved.x[:, 0] += 1.0
    assert (_forecast(model, batch) != _forecast(model, moved)).all()


def test_dlinear_is_the_published_one() -> None:
    """DLinear has two maps with a bias each, per target when individual."""
    shape = WindowShape(lookback=336, horizon=96, targets=7, channels=7)
    shared = build_model(DLinearConfig(), shape, seed=0, device=CPU)
    individual = build_model(DLinearConfig(individual=True), shape, seed=0, device=CPU)
    assert shared.parameter_count() == 2 * (336 * 96 + 96)
    assert individual.parameter_count() == 7 * shared.parameter_count()


def test_an_even_moving_average_is_refused() -> None:
    """A moving average that cannot be centered is an error of the job file."""
    with pytest.raises(ValueError, match="must be odd"):
        DLinearConfig(kernel_size=4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 3}, "model.features is 8, which 3 heads cannot share"),
        ({"patch_length": 16}, "model.patch_length is 16, longer than the lookback"),
        ({"patch_length": 9, "channels": "mixed"}, "longer than the horizon"),
    ],
)
def test_settings_that_do_not_fit_the_window_are_refused(
    change: dict[str, object], message: str
) -> None:
    """What only shows together with the window is an error in words with a remedy."""
    config = PatchTstConfig.model_validate({**_SMALL_PATCHES.model_dump(), **change})
    with pytest.raises(JobFileError, match=message):
        build_model(config, SHAPE, seed=0, device=CPU)
