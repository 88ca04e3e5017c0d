"""A small real table and a fit loop over it, shared by the tests of training."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.config import DatasetConfig, WindowConfig
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import ColumnFact, ColumnRole, Segment, TableFacts
from azuraforge_core.data.quality import QualityLog
from azuraforge_core.data.source_config import SampleSource
from azuraforge_core.data.steps import Step
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import open_device
from azuraforge_core.models.registry import TrainableConfig, build_model
from azuraforge_core.pipelines.forecast_predictor import ModulePredictor
from azuraforge_core.pipelines.forecast_task import ForecastTask
from azuraforge_core.training.checkpoint_writer import CheckpointWriter
from azuraforge_core.training.checkpoints import CheckpointStore
from azuraforge_core.training.config import TrainingConfig
from azuraforge_core.training.fit import FitLoop
from azuraforge_core.training.identity import RunIdentity
from azuraforge_core.training.observer import SilentObserver

ROWS = 400

IDENTITY = RunIdentity(
    pipeline="forecaster",
    versions={"azuraforge": "0"},
    data_digest="d" * 64,
    config_hash="c" * 64,
    seed=3,
)


class StoppingObserver(SilentObserver):
    """Keeps what it is told, and asks to stop once so many steps or batches were finished."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.is_requested = False
        self.told: list[Any] = []
        self._stop_after = stop_after
        self._alive = 0

    def alive(self) -> None:
        """Count."""
        self._alive += 1
        if self._stop_after is not None and self._alive >= self._stop_after:
            self.is_requested = True

    def step_finished(self, facts: Any) -> None:
        """Keep it."""
        self.told.append(facts)

    epoch_finished = sample_taken = checkpoint_saved = step_finished


@pytest.fixture(scope="session")
def table() -> ForecastDataset:
    """Return two related noisy waves of 400 hours: a target and a past column."""
    hours = np.arange(ROWS)
    noise = np.random.Generator(np.random.PCG64(0)).normal(size=(2, ROWS)) * 0.1
    values = np.stack([np.sin(hours / 4), np.cos(hours / 4)]) + noise
    facts = TableFacts(
        source="two waves",
        columns=(
            ColumnFact(name="wave", role=ColumnRole.TARGET, unit="m"),
            ColumnFact(name="other", role=ColumnRole.PAST),
        ),
        step=Step(unit="second", count=3600),
        time_zone="UTC",
        first_time="1970-01-01T00:00:00",
        last_time="1970-01-17T15:00:00",
        segments=(Segment(series="", start=0, stop=ROWS),),
        quality=QualityLog().close(),
    )
    return ForecastDataset.open(
        values.astype(np.float32),
        hours.astype(np.int64) * 3600,
        facts,
        DatasetConfig(source=SampleSource()),
        WindowConfig(lookback=12, horizon=4),
    )


@dataclasses.dataclass(frozen=True)
class LoopFactory:
    """Makes fit loops over one table."""

    table: ForecastDataset
    folder: Path

    @property
    def store(self) -> CheckpointStore:
        """Return the store that all loops of this factory share."""
        return CheckpointStore(self.folder / "checkpoints")

    def loop(
        self,
        model: TrainableConfig,
        training: TrainingConfig,
        observer: StoppingObserver | None = None,
        *,
        every_seconds: float = 3600,
    ) -> FitLoop:
        """Return a loop at its very beginning."""
        watcher = observer or StoppingObserver()
        device = open_device("cpu")
        module = build_model(model, self.table.shape, seed=IDENTITY.seed, device=device)
        gather = WindowGather(self.table, device)
        return FitLoop(
            ForecastTask(module, ModulePredictor(module), self.table, gather),
            training,
            seed=IDENTITY.seed,
            checkpoints=CheckpointWriter(
                self.store,
                IDENTITY,
                every_seconds=every_seconds,
                observer=watcher,
            ),
            observer=watcher,
            stop=watcher,
        )


@pytest.fixture
def loops(table: ForecastDataset, tmp_path: Path) -> LoopFactory:
    """Return a factory of loops whose checkpoints lie in one temporary folder."""
    return LoopFactory(table, tmp_path)


@pytest.fixture
def make_loops() -> Callable[[ForecastDataset, Path], LoopFactory]:
    """Return the class of factories, for loops over another table."""
    return LoopFactory


@pytest.fixture
def make_observer() -> Callable[[int | None], StoppingObserver]:
    """Return the class of observers that ask to stop."""
    return StoppingObserver
