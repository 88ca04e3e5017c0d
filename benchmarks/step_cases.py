"""The training steps that are measured: small forecasters at the sizes of the literature."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_core.device import Device
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import TrainableConfig, build_model
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.nn.revin import WindowNormalization
from azuraforge_core.optim.schedule import ConstantSchedule, LearningRate
from azuraforge_core.optim.train_step import StepSettings, TrainStep

__all__ = ["CASES", "StepCase", "azuraforge_step", "batch_of"]

_SEED = 0
_RATE = LearningRate(ConstantSchedule(), 1e-3, steps=1)


@dataclass(frozen=True)
class StepCase:
    """One model at one size; what is measured is forward, MSE, backward and AdamW in float32."""

    name: str
    batch: int
    shape: WindowShape
    model: TrainableConfig


@dataclass(frozen=True)
class _Batch:
    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]
    future: None = None


CASES = (
    StepCase(
        "DLinear, batch 32, 7 columns, 336 to 96",
        32,
        WindowShape(336, 96, 7, 7),
        DLinearConfig(),
    ),
    StepCase(
        "LSTM-64, batch 32, 8 columns, 60 to 1",
        32,
        WindowShape(60, 1, 1, 8),
        LstmConfig(hidden=64, normalization=WindowNormalization.NONE),
    ),
    StepCase(
        "GRU-64, batch 32, 8 columns, 60 to 1",
        32,
        WindowShape(60, 1, 1, 8),
        GruConfig(hidden=64, normalization=WindowNormalization.NONE),
    ),
    StepCase(
        "iTransformer-128, 2 layers, batch 32, 7 columns, 336 to 96",
        32,
        WindowShape(336, 96, 7, 7),
        ITransformerConfig(),
    ),
    StepCase(
        "PatchTST-16, 3 layers, batch 128, 7 columns, 336 to 96",
        128,
        WindowShape(336, 96, 7, 7),
        # PyTorch's fused attention keeps no scores, so neither side hands them on.
        PatchTstConfig(residual_attention=False),
    ),
)


def batch_of(case: StepCase) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return x ``(batch, lookback, channel)`` and y ``(batch, horizon, target)``, seeded."""
    generator = np.random.default_rng(_SEED)
    shape = case.shape
    x = generator.standard_normal((case.batch, shape.lookback, shape.channels), dtype=np.float32)
    y = generator.standard_normal((case.batch, shape.horizon, shape.targets), dtype=np.float32)
    return x, y


def azuraforge_step(case: StepCase, device: Device) -> Callable[[], None]:
    """Return one training step of ours on a batch that is already on the device."""
    model = build_model(case.model, case.shape, seed=_SEED, device=device)
    step = TrainStep(model.train(), StepSettings(_RATE, seed=_SEED))
    x, y = batch_of(case)
    batch = _Batch(device.xp.asarray(x), device.xp.asarray(y))
    return lambda: step.step(batch)
