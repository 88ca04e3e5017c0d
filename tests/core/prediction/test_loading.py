"""A model's folder is whole or refused: a sentence for every damage, never a traceback."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from azuraforge_contract.errors import StorageError
from azuraforge_core.prediction.loading import load_forecaster

Train = Callable[..., Any]
Arrays = dict[str, Any]


@pytest.fixture
def folder(train: Train, tables: SimpleNamespace, tmp_path: Path) -> Path:
    """Return a copy of a model's folder, to be damaged."""
    copy = tmp_path / "model"
    shutil.copytree(train(tables.load_table()).folder, copy)
    return copy


def _edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / "model.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def _replace(folder: Path, change: Callable[[Arrays], Any]) -> None:
    """Change arrays, and their checksum with them."""
    path = folder / "model.safetensors"
    arrays = load(path.read_bytes())
    change(arrays)
    content = save(arrays)
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    _edit(folder, lambda document: document.update(weightsDigest=digest))


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _without_intervals(arrays: Arrays) -> None:
    for name in [name for name in arrays if name.startswith("intervals.")]:
        del arrays[name]


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no manifest": (lambda f: (f / "model.json").unlink(), "holds no whole model"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "holds no whole model"),
    "manifest cut": (
        lambda f: (f / "model.json").write_text('{"formatVersion": 1, '),
        "holds no whole model",
    ),
    "weights cut": (_cut, "is damaged"),
    "newer release": (
        lambda f: _edit(f, lambda d: d.update(formatVersion=99)),
        "formatVersion 99; this release reads 1",
    ),
    "unknown architecture": (
        lambda f: _edit(f, lambda d: d["architecture"].update(kind="oracle")),
        "is damaged: architecture",
    ),
    "other architecture": (
        lambda f: _edit(f, lambda d: d.update(architecture={"kind": "gru"})),
        "is damaged: The saved model lacks",
    ),
    "other window": (
        lambda f: _edit(f, lambda d: d["window"].update(lookback=47)),
        "has shape (6, 48), expected (6, 47)",
    ),
    "no object": (
        lambda f: (f / "model.json").write_text("[1, 2]"),
        "formatVersion None; this release reads 1",
    ),
    "a field missing": (
        lambda f: _edit(f, lambda d: d.pop("window")),
        "is damaged: model.json, window: Field required.",
    ),
    "no columns": (lambda f: _edit(f, lambda d: d.update(columns=[])), "must be at least 1"),
    "a weight missing": (
        lambda f: _replace(f, lambda a: a.pop("weights.trend_bias")),
        "lacks trend_bias",
    ),
    "a weight of another shape": (
        lambda f: _replace(f, lambda a: a.update({"weights.trend_bias": np.zeros(3)})),
        "trend_bias has shape (3,), expected (6,)",
    ),
    "history missing": (
        lambda f: _replace(f, lambda a: a.pop("history.0.values")),
        "it lacks history.0.values",
    ),
    "history of other columns": (
        lambda f: _replace(f, lambda a: a.update({"history.0.values": np.zeros((2, 48))})),
        "the history of series '' has shape (2, 48)",
    ),
    "intervals missing": (
        lambda f: _replace(f, _without_intervals),
        "is damaged: it lacks",
    ),
    "other bytes": (
        lambda f: _edit(f, lambda d: d.update(weightsDigest="0" * 64)),
        "does not match the checksum",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_folder_is_a_sentence(
    folder: Path, damage: tuple[Callable[[Path], Any], str]
) -> None:
    """Whatever is wrong with the folder is said, with what to do about it."""
    break_it, expected = damage
    break_it(folder)
    with pytest.raises(StorageError) as error:
        load_forecaster(folder)
    assert expected in error.value.message
    assert error.value.remedy


def test_a_folder_of_before_intervals_is_read(folder: Path) -> None:
    """A model without intervals, as older releases wrote it, forecasts without bands."""
    _edit(folder, lambda document: document.pop("intervals"))
    _replace(folder, _without_intervals)
    assert load_forecaster(folder).intervals is None
