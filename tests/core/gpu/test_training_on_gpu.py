"""Training on the GPU: what the CPU computes, the same bits every time, and after a resume."""

from dataclasses import dataclass

import numpy as np
import pytest

from azuraforge_core.autograd.array import Array
from azuraforge_core.device import Device, open_device
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import TrainableConfig, build_model
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.tcn import TcnConfig
from azuraforge_core.optim.optimizer import AdamWConfig
from azuraforge_core.optim.schedule import CosineSchedule, LearningRate
from azuraforge_core.optim.train_step import StepSettings, TrainStep

pytestmark = pytest.mark.gpu

SHAPE = WindowShape(lookback=48, horizon=12, targets=2, channels=6, future_channels=3)
STEPS = 20
MODELS: list[TrainableConfig] = [
    DLinearConfig(),
    LstmConfig(hidden=16, layers=2, dropout=0.2),
    GruConfig(hidden=16, layers=2, dropout=0.2),
    TcnConfig(features=8),
    ITransformerConfig(features=32, hidden=32, norm="rms"),
    PatchTstConfig(layers=2, dropout=0.3, head_dropout=0.1),
    PatchTstConfig(channels="mixed", layers=2, dropout=0.3, norm="layer"),
]
every_model = pytest.mark.parametrize(
    "config",
    MODELS,
    ids=[
        "dlinear",
        "lstm",
        "gru",
        "tcn",
        "itransformer",
        "patchtst-independent",
        "patchtst-mixed",
    ],
)


@dataclass(frozen=True)
class Batch:
    """A random batch on a device."""

    x: Array
    future: Array
    y: Array

    @classmethod
    def of(cls, number: int, device: Device) -> "Batch":
        """Draw the batch with this number, the same on every device."""
        generator = np.random.default_rng(number)
        shapes = (
            (16, SHAPE.lookback, SHAPE.channels),
            (16, SHAPE.horizon, SHAPE.future_channels),
            (16, SHAPE.horizon, SHAPE.targets),
        )
        return cls(
            *(
                device.xp.asarray(generator.standard_normal(shape, dtype=np.float32))
                for shape in shapes
            )
        )


def _new_step(config: TrainableConfig, device: Device) -> TrainStep:
    model = build_model(config, SHAPE, seed=5, device=device).train()
    settings = StepSettings(
        learning_rate=LearningRate(CosineSchedule(warmup_fraction=0.2), 1e-3, STEPS),
        optimizer=AdamWConfig(weight_decay=0.01),
        clip_norm=1.0,
        average_decay=0.9,
        seed=5,
        history=STEPS,
    )
    return TrainStep(model, settings)


def _train(step: TrainStep, device: Device, first: int = 0, last: int = STEPS) -> dict[str, Array]:
    for number in range(first, last):
        step.step(Batch.of(number, device))
    return step.state()


def _assert_equal_bits(actual: dict[str, Array], expected: dict[str, Array]) -> None:
    assert actual.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(actual[name], array, err_msg=name)


@every_model
def test_the_same_seed_gives_the_same_bits(config: TrainableConfig, gpu: Device) -> None:
    """Training twice from one seed ends with bit-equal parameters, optimizer and losses."""
    first = _train(_new_step(config, gpu), gpu)
    assert np.isfinite(first["step.losses"]).all()
    _assert_equal_bits(_train(_new_step(config, gpu), gpu), first)


@every_model
def test_a_resumed_training_is_the_uninterrupted_one(config: TrainableConfig, gpu: Device) -> None:
    """Going on from a saved state ends with the bits of a training that never stopped."""
    uninterrupted = _train(_new_step(config, gpu), gpu)
    saved = _train(_new_step(config, gpu), gpu, last=STEPS // 2)
    resumed = _new_step(config, gpu)
    resumed.load_state(saved)
    _assert_equal_bits(_train(resumed, gpu, first=STEPS // 2), uninterrupted)


@every_model
def test_the_gpu_trains_as_the_cpu_does(config: TrainableConfig, gpu: Device) -> None:
    """The first losses on the GPU are the CPU's to float32's accuracy, dropout masks included."""
    count = 5
    cpu = open_device("cpu")
    losses = [
        _train(_new_step(config, device), device, last=count)["step.losses"][:count]
        for device in (gpu, cpu)
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
