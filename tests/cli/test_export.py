"""``azuraforge export``: what it writes and prints, and a sentence for every mistake."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Invoke = Callable[..., subprocess.CompletedProcess[str]]

JOB = """
apiVersion: azuraforge.io/v1alpha1
kind: TrainingJob
metadata: {name: load}
spec:
  pipeline: forecaster
  device: cpu
  config:
    dataset: {source: {kind: file, path: load.csv, time_column: time}, target_columns: [load]}
    window: {lookback: 12, horizon: 4}
    model: {kind: ridge}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Path:
    """Return the folder of a run that finished; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("finished")
    rows = (f"2024-01-{1 + h // 24:02}T{h % 24:02}:00:00,{h % 24 + 0.25 * h}" for h in range(480))
    (folder / "load.csv").write_text("\n".join(["time,load", *rows]), encoding="utf-8")
    (folder / "job.yaml").write_text(JOB, encoding="utf-8")
    command = [sys.executable, "-m", "azuraforge_cli", "run", "-f", "job.yaml", "--out", "run"]
    environment = {**os.environ, "AZURAFORGE_CACHE_DIR": str(cache_folder)}
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.fixture
def run_folder(finished: Path, tmp_path: Path) -> Path:
    """Return a run's folder that was moved somewhere else, away from its data."""
    return Path(shutil.copytree(finished, tmp_path / "moved"))


def test_export_says_what_it_wrote_and_how_it_is_called(run_folder: Path, invoke: Invoke) -> None:
    """Path and size, inputs and outputs with their sizes, and where to read on."""
    done = invoke("export", str(run_folder))
    assert done.returncode == 0, done.stderr
    folder = run_folder / "model" / "onnx"
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "model.onnx"]
    assert f"Wrote {folder / 'model.onnx'} (" in done.stdout
    assert " ".join(done.stdout.split()).count("history float32 (batch, 12, 1) load") == 1
    assert f"How to use it without AzuraForge: {folder / 'README.md'}" in done.stdout


def test_export_tells_programs_the_same(run_folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    """--json gives paths, versions and the form of every input and output."""
    done = invoke("export", str(run_folder / "model"), "--out", "there", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["bytes"] == (tmp_path / "there" / "model.onnx").stat().st_size
    assert document["inputs"] == [
        {
            "name": "history",
            "type": "float32",
            "sizes": [None, 12, 1],
            "dimensions": ["batch", "lookback", "channel"],
            "columns": ["load"],
        },
        {
            "name": "time",
            "type": "int64",
            "sizes": [None, 16],
            "dimensions": ["batch", "lookback + horizon"],
            "columns": [],
        },
    ]
    assert [port["name"] for port in document["outputs"]] == ["forecast", "lower", "upper"]
    assert {name: document[name] for name in ("format", "opset", "irVersion", "model")} == {
        "format": "onnx",
        "opset": 20,
        "irVersion": 10,
        "model": "there/model.onnx",
    }


def _without_model(run: Path) -> None:
    shutil.rmtree(run / "model")


def _with_torn_weights(run: Path) -> None:
    weights = run / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])


def _with_other_weights(run: Path) -> None:
    weights = run / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


def _with_broken_manifest(run: Path) -> None:
    (run / "model" / "model.json").write_text("{", encoding="utf-8")


def _of_a_newer_release(run: Path) -> None:
    manifest = run / "model" / "model.json"
    document = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps({**document, "formatVersion": 99}), encoding="utf-8")


def _of_an_unknown_kind(run: Path) -> None:
    manifest = run / "model" / "model.json"
    document = json.loads(manifest.read_bytes())
    document["architecture"]["kind"] = "oracle"
    manifest.write_text(json.dumps(document), encoding="utf-8")


def _with_notes(run: Path) -> None:
    (run.parent / "out").mkdir()
    (run.parent / "out" / "notes.txt").write_text("mine", encoding="utf-8")


def _with_a_file_there(run: Path) -> None:
    (run.parent / "out").write_text("mine", encoding="utf-8")


def _with_a_file_above(run: Path) -> None:
    (run.parent / "above").write_text("mine", encoding="utf-8")


def _unchanged(run: Path) -> None:
    del run


MISTAKES = {
    "no such run": (_unchanged, ["nowhere"], 64, "There is no run nowhere."),
    "unfinished run": (_without_model, ["moved"], 64, "The run moved has no model yet."),
    "torn weights": (_with_torn_weights, ["moved"], 74, "The model in moved/model is damaged:"),
    "changed weights": (_with_other_weights, ["moved"], 74, "does not match the checksum"),
    "broken manifest": (_with_broken_manifest, ["moved"], 74, "holds no whole model"),
    "newer release": (_of_a_newer_release, ["moved"], 74, "has formatVersion 99; this release"),
    "unknown kind": (_of_an_unknown_kind, ["moved"], 74, "The model in moved/model is damaged:"),
    "unknown format": (_unchanged, ["moved", "--format", "tflite"], 2, "not one of 'onnx'"),
    "other files": (_with_notes, ["moved", "--out", "out"], 64, "holds other files already: notes"),
    "a file": (_with_a_file_there, ["moved", "--out", "out"], 64, "out is a file, expected a fol"),
    "not writable": (
        _with_a_file_above,
        ["moved", "--out", "above/out"],
        74,
        "Cannot write into above/out: Not a directory.",
    ),
    "read-only": (
        _unchanged,
        ["moved", "--out", "/proc/onnx"],
        74,
        "Cannot write into /proc/onnx: No such file or directory.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_an_exit_code_and_a_sentence(
    mistake: str, run_folder: Path, invoke: Invoke
) -> None:
    """Every mistake that a person can make is named, with what to do, and without a traceback."""
    prepare, arguments, code, sentence = MISTAKES[mistake]
    prepare(run_folder)
    done = invoke("export", *arguments)
    assert sentence in done.stderr
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) >= 2  # what happened, and what to do


def test_a_missing_package_is_named_with_how_to_install_it(run_folder: Path) -> None:
    """Without the extra, the command says which pip command helps, before it reads anything."""
    block = (
        "import sys; sys.modules['onnx'] = None; sys.argv = ['azuraforge', 'export', 'moved'];"
        "from azuraforge_cli.main import main; main()"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", block],
        cwd=run_folder.parent,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 64
    assert "Error: Exporting to ONNX needs the package onnx, which cannot be loaded" in done.stderr
    assert "Install it: pip install 'azuraforge[export]'" in done.stderr
    assert not (run_folder / "model" / "onnx").exists()
