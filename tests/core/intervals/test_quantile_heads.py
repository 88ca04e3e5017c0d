"""Quantile heads on any model: what they forecast, learn, and keep."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import PreemptedError
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.intervals.forecasting import forecast_with_bands
from azuraforge_core.intervals.quantiles import quantile_levels
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import TrainableConfig, build_model
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.tcn import TcnConfig
from azuraforge_core.optim.loss import QuantileHeadsLoss
from azuraforge_core.pipelines.forecast_measure import measure
from azuraforge_core.pipelines.forecast_predictor import QuantileModulePredictor, predictor_of
from azuraforge_core.pipelines.forecast_task import ForecastTask
from azuraforge_core.training.checkpoint_writer import CheckpointWriter
from azuraforge_core.training.checkpoints import CheckpointStore
from azuraforge_core.training.config import TrainingConfig
from azuraforge_core.training.fit import FitLoop, FitResult
from azuraforge_core.training.identity import RunIdentity
from azuraforge_core.training.observer import SilentObserver

CPU = Device("cpu", np)
LEVELS = (0.8, 0.95)
QUANTILES = quantile_levels(LEVELS)
SHAPE = WindowShape(lookback=12, horizon=4, targets=2, channels=5, future_channels=2)
MODELS: dict[str, TrainableConfig] = {
    "dlinear": DLinearConfig(kernel_size=5),
    "lstm": LstmConfig(hidden=4),
    "gru": GruConfig(hidden=4),
    "tcn": TcnConfig(features=4),
    "itransformer": ITransformerConfig(features=8, heads=2),
    "patchtst": PatchTstConfig(patch_length=4, patch_stride=4, features=8, heads=2),
    "mixed": PatchTstConfig(
        channels="mixed", patch_length=4, patch_stride=4, features=8, heads=2, norm="layer"
    ),
}
IDENTITY = RunIdentity(
    pipeline="p", versions={"azuraforge": "0"}, data_digest="d", config_hash="c", seed=3
)


@pytest.mark.parametrize("config", MODELS.values(), ids=MODELS)
def test_every_trainable_model_forecasts_quantiles(config: TrainableConfig) -> None:
    """(batch, horizon, target, quantile), sorted by the predictor, whose point is the median."""
    model = build_model(config, SHAPE, seed=0, device=CPU, quantiles=5).eval()
    random = np.random.default_rng(0)
    x = random.normal(size=(3, 12, 5)).astype(np.float32)
    future = random.normal(size=(3, 4, 2)).astype(np.float32)
    predictor = predictor_of(model)
    assert isinstance(predictor, QuantileModulePredictor)
    found = predictor.predict_quantiles(x, future)
    assert found.shape == (3, 4, 2, 5)
    assert (np.diff(found, axis=-1) >= 0).all()
    np.testing.assert_array_equal(predictor.predict(x, future), found[..., 2])
    raw = model(Tensor(x), Tensor(future)).array  # type: ignore[operator]  # a forecaster
    np.testing.assert_array_equal(np.sort(raw, axis=-1), found)


class _Stop(SilentObserver):
    """Asks to stop after so many steps."""

    def __init__(self, after: int | None) -> None:
        self.is_requested = False
        self._left = after

    def alive(self) -> None:
        """Count down."""
        if self._left is not None:
            self._left -= 1
            self.is_requested = self._left <= 0


def _loop(table: Any, folder: Path, model: Any, stop: _Stop, training: TrainingConfig) -> FitLoop:
    task = ForecastTask(
        model,
        predictor_of(model),
        table,
        WindowGather(table, CPU),
        QuantileHeadsLoss(QUANTILES),
    )
    return FitLoop(
        task,
        training,
        seed=3,
        checkpoints=CheckpointWriter(
            CheckpointStore(folder), IDENTITY, every_seconds=3600, observer=stop
        ),
        observer=stop,
        stop=stop,
    )


@pytest.fixture
def uneven(make_table: Callable[..., Any]) -> Any:
    """Return a table whose noise is five times as large in every second stretch of six rows."""
    random = np.random.default_rng(0)
    rows = np.arange(3000)
    noise = random.normal(size=3000) * np.where((rows // 6) % 2, 1.0, 0.2)
    return make_table(3 * np.sin(rows * np.pi / 6) + noise, lookback=12, horizon=2)


def _fit(table: Any, folder: Path, config: TrainableConfig, epochs: int) -> tuple[Any, FitResult]:
    model = build_model(config, table.shape, seed=3, device=CPU, quantiles=5)
    training = TrainingConfig(epochs=epochs, batch_size=64, learning_rate=0.01)
    result = _loop(table, folder, model, _Stop(None), training).run()
    model.load_state_dict(result.best)
    return model, result


def test_bands_are_wider_where_the_data_are_less_certain(uneven: Any, tmp_path: Path) -> None:
    """Learnt bands know when the noise is large; conformalized they hold what they promise."""
    model, _ = _fit(uneven, tmp_path, DLinearConfig(kernel_size=5), epochs=8)
    predictor = predictor_of(model)
    gather = WindowGather(uneven, CPU)
    found = measure(predictor, IntervalsConfig(kind="quantile"), uneven, gather).intervals
    assert found is not None
    for level in found.scores.levels:
        assert level.coverage == pytest.approx(level.level, abs=0.03)
    starts = uneven.starts(Part.TEST).take(np.arange(600))
    batch = gather(starts)
    bands = forecast_with_bands(predictor, found.stored, batch.x, batch.future, series=0).bands
    assert bands is not None
    assert (np.diff(bands.upper, axis=-1) >= 0).all()
    width = (bands.upper - bands.lower)[:, 0, 0, 0]
    is_noisy = ((starts + 12) // 6) % 2 == 1
    assert width[is_noisy].mean() > 1.5 * width[~is_noisy].mean()


@pytest.mark.parametrize("config", [DLinearConfig(kernel_size=5), LstmConfig(hidden=4)])
def test_a_resumed_training_ends_with_the_same_bits(
    uneven: Any, tmp_path: Path, config: TrainableConfig
) -> None:
    """Stopped in the middle and gone on, quantile heads end as if nothing had happened."""
    _, whole = _fit(uneven, tmp_path / "whole", config, epochs=2)
    training = TrainingConfig(epochs=2, batch_size=64, learning_rate=0.01)
    model = build_model(config, uneven.shape, seed=3, device=CPU, quantiles=5)
    with pytest.raises(PreemptedError):
        _loop(uneven, tmp_path / "parts", model, _Stop(29), training).run()
    checkpoint, _ = CheckpointStore(tmp_path / "parts").newest()
    assert checkpoint is not None
    other = build_model(config, uneven.shape, seed=99, device=CPU, quantiles=5)
    loop = _loop(uneven, tmp_path / "parts", other, _Stop(None), training)
    loop.take_up(checkpoint)
    parts = loop.run()
    assert {n: a.tobytes() for n, a in parts.best.items()} == {
        n: a.tobytes() for n, a in whole.best.items()
    }


def test_heads_of_another_number_of_quantiles_are_told_apart() -> None:
    """The sizes of the last layer follow the number of quantiles, so that weights cannot mix."""
    counts = [
        build_model(DLinearConfig(), replace(SHAPE), seed=0, device=CPU, quantiles=n)
        for n in (0, 3, 5)
    ]
    assert len({model.parameter_count() for model in counts}) == 3
