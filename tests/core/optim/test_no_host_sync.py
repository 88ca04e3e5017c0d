"""A training step never reads a value back from the device."""

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import pytest

from azuraforge_core.autograd.array import Array
from azuraforge_core.device import Device
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import TrainableConfig, build_model
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.tcn import TcnConfig
from azuraforge_core.optim.loss import HuberLossConfig, LossConfig, MaeLossConfig, MseLossConfig
from azuraforge_core.optim.optimizer import AdamConfig, AdamWConfig, OptimizerConfig, SgdConfig
from azuraforge_core.optim.schedule import (
    CosineSchedule,
    LearningRate,
    OneCycleSchedule,
    ScheduleConfig,
    StepSchedule,
)
from azuraforge_core.optim.train_step import StepSettings, TrainStep

SHAPE = WindowShape(lookback=12, horizon=5, targets=2, channels=6, future_channels=3)


class _ReadBackError(Exception):
    """A value was asked for that a GPU would have to be waited for."""


class _DeviceArray(np.ndarray[Any, Any]):
    """An array whose values cannot be read on the host; arithmetic on it gives its like."""

    def _refuse(self, *_: object) -> NoReturn:
        raise _ReadBackError

    __bool__ = __float__ = __int__ = __index__ = item = tolist = _refuse


class _DeviceModule(ModuleType):
    """NumPy, giving device arrays."""

    def __init__(self) -> None:
        super().__init__("device")

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name not in _CREATING:
            return found

        def create(*arguments: Any, **options: Any) -> Array:
            made: Array = found(*arguments, **options)
            return made.view(_DeviceArray)

        return create


_CREATING = {
    "arange",
    "array",
    "asarray",
    "ascontiguousarray",
    "empty",
    "empty_like",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
}


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """A device whose arrays cannot be read, also those that operations create."""
    module = _DeviceModule()
    for name, loaded in list(sys.modules.items()):
        ours = name.startswith("azuraforge_core.") and name != "azuraforge_core.device"
        if ours and hasattr(loaded, "array_module"):
            monkeypatch.setattr(loaded, "array_module", lambda _: module)
    return Device("cpu", module)


@dataclass(frozen=True)
class _Batch:
    x: Array
    future: Array | None
    y: Array


def _batch() -> _Batch:
    generator = np.random.default_rng(0)
    x, future, y = (
        generator.standard_normal((3, steps, columns)).astype(np.float32).view(_DeviceArray)
        for steps, columns in ((12, 6), (5, 3), (5, 2))
    )
    return _Batch(x, future, y)


def test_the_guard_guards() -> None:
    """Arithmetic on a guarded array stays guarded, and reading from it is refused."""
    total = (np.ones(3).view(_DeviceArray) * 2.0).sum(keepdims=True)
    with pytest.raises(_ReadBackError):
        float(total)
    with pytest.raises(_ReadBackError):
        bool(total > 1.0)


@pytest.mark.parametrize(
    "model",
    [
        DLinearConfig(kernel_size=5),
        LstmConfig(hidden=4, layers=2, dropout=0.1),
        GruConfig(hidden=4, layers=2, dropout=0.1),
        TcnConfig(features=4),
        ITransformerConfig(features=8, heads=2, norm="rms"),
        PatchTstConfig(patch_length=4, patch_stride=4, features=8, heads=2),
        PatchTstConfig(channels="mixed", patch_length=4, patch_stride=4, features=8, norm="layer"),
    ],
    ids=["dlinear", "lstm", "gru", "tcn", "itransformer", "patchtst", "patchtst mixed"],
)
@pytest.mark.parametrize(
    ("optimizer", "loss", "schedule"),
    [
        (AdamWConfig(weight_decay=0.1), MseLossConfig(), CosineSchedule(warmup_fraction=0.5)),
        (SgdConfig(nesterov=True), MaeLossConfig(), OneCycleSchedule()),
        (AdamConfig(weight_decay=0.1), HuberLossConfig(), StepSchedule()),
    ],
    ids=["adamw mse cosine", "sgd mae one-cycle", "adam huber step"],
)
def test_a_step_reads_nothing_back(
    device: Device,
    model: TrainableConfig,
    optimizer: OptimizerConfig,
    loss: LossConfig,
    schedule: ScheduleConfig,
) -> None:
    """Rate, forward, backward, clipping, update, average: no value is needed on the host."""
    settings = StepSettings(
        LearningRate(schedule, 0.01, 2),
        optimizer=optimizer,
        loss=loss,
        clip_norm=1.0,
        average_decay=0.9,
        history=4,
    )
    step = TrainStep(build_model(model, SHAPE, seed=0, device=device), settings)
    for _ in range(2):
        step.step(_batch(), _batch())
    losses, _ = step.recent(2)
    assert np.isfinite(np.asarray(losses)).all()
