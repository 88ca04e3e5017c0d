"""The model's folder: equal arrays give equal bytes, and damage is named."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import StorageError
from azuraforge_core.store.model_folder import (
    SeriesHistory,
    encode_weights,
    read_model,
    write_model,
)
from azuraforge_core.store.model_manifest import (
    ColumnScale,
    DataLineage,
    ModelLineage,
    ModelManifest,
    ModelWindow,
    TimeStep,
)

WEIGHTS: dict[str, Any] = {
    "head.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "count": np.array([7], dtype=np.int64),
}
HISTORY = SeriesHistory(
    np.array([[1.5, np.nan, 3.0]], dtype=np.float32), np.array([0, 3600, 7200], dtype=np.int64)
)


def _manifest(content: bytes) -> ModelManifest:
    return ModelManifest(
        kind="dlinear",
        architecture={"kind": "dlinear", "kernel_size": 25},
        parameters=6,
        window=ModelWindow(lookback=3, horizon=2),
        columns=(ColumnScale(name="temp", role="target", unit="°F", mean=0.1 + 0.2, std=1 / 3),),
        step=TimeStep(unit="second", count=3600, time_zone="UTC"),
        data=DataLineage(
            digest="d", source="a table", series=("",), rows=3, first_time="a", last_time="b"
        ),
        config={"model": {"kind": "dlinear"}},
        metrics={"test.mse": 0.25},
        lineage=ModelLineage(
            job="j",
            uid="u",
            pipeline="forecaster",
            versions={"azuraforge": "1"},
            device="cpu",
            seed=0,
        ),
        weights_digest=hashlib.sha256(content).hexdigest(),
    )


def _stored(folder: Path) -> Path:
    content = encode_weights(WEIGHTS, [HISTORY])
    write_model(folder / "model", _manifest(content), content)
    return folder / "model"


def test_a_model_comes_back_exactly(tmp_path: Path) -> None:
    """Weights, histories with their gaps, and every float of the manifest are the same."""
    stored = read_model(_stored(tmp_path))
    assert stored.manifest == _manifest(encode_weights(WEIGHTS, [HISTORY]))
    assert set(stored.weights) == set(WEIGHTS)
    for name, array in WEIGHTS.items():
        np.testing.assert_array_equal(stored.weights[name], array)
        assert stored.weights[name].dtype == array.dtype
    np.testing.assert_array_equal(stored.histories[0].values, HISTORY.values)
    np.testing.assert_array_equal(stored.histories[0].times, HISTORY.times)


def test_equal_arrays_give_equal_bytes_in_any_order() -> None:
    """The bytes depend on names and numbers alone, not on order, layout or time."""
    backwards = {name: np.asfortranarray(WEIGHTS[name]) for name in reversed(WEIGHTS)}
    assert encode_weights(WEIGHTS, [HISTORY]) == encode_weights(backwards, [HISTORY])
    other = {**WEIGHTS, "count": np.array([8], dtype=np.int64)}
    assert encode_weights(WEIGHTS, [HISTORY]) != encode_weights(other, [HISTORY])


def test_an_older_model_is_replaced_whole(tmp_path: Path) -> None:
    """Writing again leaves exactly the two files."""
    _stored(tmp_path)
    folder = _stored(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("missing", "holds no whole model"),
        ("torn", "is damaged"),
        ("flipped", "does not match the checksum"),
        ("text", "holds no whole model"),
        ("newer", "formatVersion 99"),
    ],
)
def test_damage_is_named(tmp_path: Path, damage: str, message: str) -> None:
    """Whatever is wrong with the folder, the error says so and nothing is returned."""
    folder = _stored(tmp_path)
    weights, manifest = folder / "model.safetensors", folder / "model.json"
    content = weights.read_bytes()
    match damage:
        case "missing":
            weights.unlink()
        case "torn":
            weights.write_bytes(content[:-3])
        case "flipped":
            weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "text":
            manifest.write_text("{")
        case _:
            document = {**json.loads(manifest.read_text()), "formatVersion": 99}
            manifest.write_text(json.dumps(document))
    with pytest.raises(StorageError, match=message):
        read_model(folder)
