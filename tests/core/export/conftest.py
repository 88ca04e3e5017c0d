"""Stored models of any kind with random weights, and ONNX Runtime to run what they become."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pydantic
import pytest

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the package is imported

import onnxruntime

from azuraforge_core.data.calendar_features import (
    calendar_feature_names,
    calendar_features,
)
from azuraforge_core.data.steps import Step
from azuraforge_core.device import Device
from azuraforge_core.intervals.stored import StoredIntervals
from azuraforge_core.models.last_value import LastValueConfig
from azuraforge_core.models.registry import (
    ModelConfig,
    TrainableConfig,
    build_model,
)
from azuraforge_core.models.ridge import RidgeConfig, design_of
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.store.model_folder import (
    SeriesHistory,
    encode_weights,
    write_model,
)
from azuraforge_core.store.model_manifest import (
    ColumnScale,
    DataLineage,
    IntervalFacts,
    ModelLineage,
    ModelManifest,
    ModelWindow,
    TimeStep,
)

FloatArray = npt.NDArray[np.floating[Any]]
LEVELS = (0.5, 0.8, 0.95)
START = 1_646_006_400
"""Monday 2022-02-28: a working day, the last of its month, and a day that every month has."""


@dataclass(frozen=True)
class ModelSpec:
    """A model to store.

    Attributes:
        architecture: as in ``config.model``.
        targets: columns forecast.
        past: columns seen up to now.
        future: columns known ahead.
        calendar: whether calendar features are inputs.
        lookback: rows seen.
        horizon: rows forecast.
        step: the time between rows.
        intervals: which intervals it has.
        series: names of its series.
        level: size of the columns' means.
        spread: size of the columns' standard deviations.
        seed: of all its numbers.
    """

    architecture: Mapping[str, Any]
    targets: int = 1
    past: int = 0
    future: int = 0
    calendar: bool = False
    lookback: int = 24
    horizon: int = 6
    step: Step = field(default_factory=lambda: Step(unit="second", count=3600))
    intervals: str = "none"
    series: tuple[str, ...] = ("",)
    level: float = 10.0
    spread: float = 5.0
    seed: int = 0

    @property
    def calendar_names(self) -> tuple[str, ...]:
        """Names of its calendar features."""
        return calendar_feature_names(self.step) if self.calendar else ()

    @property
    def shape(self) -> WindowShape:
        """Its sizes."""
        known = self.future + len(self.calendar_names)
        return WindowShape(
            lookback=self.lookback,
            horizon=self.horizon,
            targets=self.targets,
            channels=self.targets + self.past + known,
            future_channels=known,
        )


def _columns(spec: ModelSpec, generator: np.random.Generator) -> tuple[ColumnScale, ...]:
    roles = [("target", spec.targets), ("past", spec.past), ("future", spec.future)]
    data = [
        ColumnScale(
            name=f"{role} {index}",
            role=role,
            unit="kW" if role == "target" else "",
            mean=float(generator.normal() * spec.level),
            std=float(generator.uniform(0.5, 2.0) * spec.spread),
        )
        for role, count in roles
        for index in range(count)
    ]
    calendar = [ColumnScale(name=n, role="calendar", mean=0, std=1) for n in spec.calendar_names]
    return (*data, *calendar)


def _weights(spec: ModelSpec, generator: np.random.Generator) -> Mapping[str, npt.NDArray[Any]]:
    config = pydantic.TypeAdapter[Any](ModelConfig).validate_python(spec.architecture)
    shape = spec.shape
    if isinstance(config, get_args(TrainableConfig)):
        heads = 2 * len(LEVELS) + 1 if spec.intervals == "quantile" else 0
        device = Device("cpu", np)
        model = build_model(config, shape, seed=spec.seed, device=device, quantiles=heads)
        return {name: _moved(name, array, generator) for name, array in model.state_dict().items()}
    if isinstance(config, RidgeConfig):
        state: dict[str, npt.NDArray[Any]] = {}
        if config.columns == "all":
            layout = [len(spec.calendar_names), spec.lookback - 1]
            state["all_columns_layout"] = np.array(layout, dtype=np.int64)
        design = design_of(state, shape)
        drawn = generator.normal(size=(design.features, design.outputs)) * 0.1
        return {**state, "weight": drawn.astype(np.float32)}
    if isinstance(config, LastValueConfig):
        return {"horizon": np.array([shape.horizon], dtype=np.int64)}
    return {"period": np.array([config.period or 1], dtype=np.int64)}


def _moved(
    name: str, array: npt.NDArray[Any], generator: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return weights away from where training starts; a variance stays positive."""
    change = generator.normal(size=array.shape) * 0.1
    moved: npt.NDArray[np.float32] = array + (np.abs(change) if "variance" in name else change)
    return moved.astype(np.float32)


def _intervals(spec: ModelSpec, generator: np.random.Generator) -> StoredIntervals | None:
    if spec.intervals == "none":
        return None
    sizes = (spec.horizon, spec.targets, len(LEVELS))

    def scale(*more: int) -> npt.NDArray[np.float32]:
        # some are smaller than those of the level below and some negative, as adapted ones can be
        drawn: npt.NDArray[np.float32] = generator.normal(1, 1, (*more, *sizes)).astype(np.float32)
        return drawn

    facts = IntervalFacts.model_validate(
        {
            "kind": spec.intervals,
            "levels": LEVELS,
            "adaptive": True,
            "adaptation_rate": 0.02,
            "calibration_windows": 100,
        }
    )
    return StoredIntervals(facts, scale(), scale(len(spec.series)))


def _store(folder: Path, spec: ModelSpec) -> Path:
    generator = np.random.default_rng(spec.seed)
    columns = _columns(spec, generator)
    times = spec.step.times(START, spec.lookback)
    calendar = [feature.values for feature in calendar_features(times, spec.step)]
    mean = np.array([c.mean for c in columns if c.role != "calendar"])
    std = np.array([c.std for c in columns if c.role != "calendar"])
    histories = []
    for _ in spec.series:
        rows = mean[:, None] + std[:, None] * generator.normal(size=(len(mean), spec.lookback))
        values = np.concatenate([rows, *([calendar] if spec.calendar else [])])
        histories.append(SeriesHistory(values.astype(np.float32), times))
    intervals = _intervals(spec, generator)
    content = encode_weights(
        _weights(spec, generator), histories, intervals.state() if intervals else None
    )
    manifest = ModelManifest(
        kind=spec.architecture["kind"],
        architecture=dict(spec.architecture),
        parameters=1,
        window=ModelWindow(lookback=spec.lookback, horizon=spec.horizon),
        columns=columns,
        step=TimeStep(unit=spec.step.unit, count=spec.step.count, time_zone="UTC"),
        data=DataLineage(
            digest="d",
            source="numbers | drawn",
            series=spec.series,
            rows=spec.lookback,
            first_time="2023-11-14T00:00:00",
            last_time="2023-11-15T00:00:00",
        ),
        config={},
        metrics={"test.mse": 0.25, "test.mae_in_units": 1.5},
        lineage=ModelLineage(
            job="load",
            uid="u",
            pipeline="forecaster",
            versions={"azuraforge": "1"},
            device="cpu",
            seed=spec.seed,
        ),
        intervals=intervals.facts if intervals else None,
        weights_digest=hashlib.sha256(content).hexdigest(),
    )
    write_model(folder, manifest, content)
    return folder


def _run(model: bytes | Path, inputs: Mapping[str, npt.NDArray[Any]]) -> dict[str, FloatArray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    given = model if isinstance(model, bytes) else str(model)
    session = onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))


Store = Callable[[Path, ModelSpec], Path]
Run = Callable[[bytes | Path, Mapping[str, npt.NDArray[Any]]], dict[str, FloatArray]]


@pytest.fixture(scope="session")
def model_spec() -> type[ModelSpec]:
    """Return the class that describes a model to store."""
    return ModelSpec


@pytest.fixture(scope="session")
def store() -> Store:
    """Return the function that stores a model in a folder."""
    return _store


@pytest.fixture(scope="session")
def run_onnx() -> Run:
    """Return the function that runs an ONNX file or its bytes with ONNX Runtime."""
    return _run
