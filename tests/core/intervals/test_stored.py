"""Intervals in the model's folder: exact, and absent where an older release wrote it."""

import hashlib
import json
from pathlib import Path

import numpy as np

from azuraforge_core.intervals.stored import StoredIntervals
from azuraforge_core.store.model_folder import (
    SeriesHistory,
    encode_weights,
    read_model,
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

FACTS = IntervalFacts(
    kind="conformal",
    levels=(0.8, 0.95),
    adaptive=True,
    adaptation_rate=0.02,
    calibration_windows=100,
    adaptation_windows=200,
)
INTERVALS = StoredIntervals(
    FACTS,
    np.arange(6, dtype=np.float32).reshape(3, 1, 2),
    np.linspace(0.5, 3, 12, dtype=np.float32).reshape(2, 3, 1, 2),
)
WEIGHTS = {"w": np.ones(2, dtype=np.float32)}
HISTORY = SeriesHistory(np.zeros((1, 2), dtype=np.float32), np.array([0, 3600], dtype=np.int64))


def _manifest(content: bytes, intervals: IntervalFacts | None) -> ModelManifest:
    return ModelManifest(
        kind="dlinear",
        architecture={"kind": "dlinear"},
        parameters=2,
        window=ModelWindow(lookback=2, horizon=3),
        columns=(ColumnScale(name="y", role="target", mean=0.0, std=1.0),),
        step=TimeStep(unit="second", count=3600, time_zone="UTC"),
        data=DataLineage(
            digest="d", source="s", series=("a", "b"), rows=4, first_time="a", last_time="b"
        ),
        config={},
        intervals=intervals,
        metrics={},
        lineage=ModelLineage(
            job="j", uid="u", pipeline="p", versions={"azuraforge": "1"}, device="cpu", seed=0
        ),
        weights_digest=hashlib.sha256(content).hexdigest(),
    )


def test_intervals_come_back_exactly(tmp_path: Path) -> None:
    """Facts stand in model.json, arrays in model.safetensors; both are read as written."""
    content = encode_weights(WEIGHTS, [HISTORY, HISTORY], INTERVALS.state())
    write_model(tmp_path / "model", _manifest(content, FACTS), content)
    stored = read_model(tmp_path / "model")
    assert set(stored.weights) == {"w"}
    found = StoredIntervals.from_state(stored.manifest.intervals, stored.intervals)
    assert found is not None
    assert found.facts == FACTS
    np.testing.assert_array_equal(found.scale, INTERVALS.scale)
    np.testing.assert_array_equal(found.scale_of(1), INTERVALS.scale_of(1))
    document = json.loads((tmp_path / "model" / "model.json").read_text(encoding="utf-8"))
    assert document["intervals"]["calibrationWindows"] == 100


def test_a_model_of_an_older_release_has_none(tmp_path: Path) -> None:
    """A folder written before intervals existed is read, and forecasts without bands."""
    content = encode_weights(WEIGHTS, [HISTORY, HISTORY])
    write_model(tmp_path / "model", _manifest(content, None), content)
    path = tmp_path / "model" / "model.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["intervals"]
    path.write_text(json.dumps(document), encoding="utf-8")
    stored = read_model(tmp_path / "model")
    assert stored.intervals == {}
    assert StoredIntervals.from_state(stored.manifest.intervals, stored.intervals) is None


def test_without_intervals_the_bytes_are_those_of_before() -> None:
    """The bytes are a function of the arrays: none added, none changed."""
    assert encode_weights(WEIGHTS, [HISTORY]) == encode_weights(WEIGHTS, [HISTORY], {})


def test_fixed_intervals_store_one_array() -> None:
    """Where bands do not adapt there is nothing for each series."""
    fixed = StoredIntervals(FACTS.model_copy(update={"adaptive": False}), INTERVALS.scale)
    assert set(fixed.state()) == {"scale"}
    np.testing.assert_array_equal(fixed.scale_of(1), fixed.scale)
