"""Broken job files: each ends with exit code 64 and a sentence that says what to write instead."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

Invoke = Callable[..., subprocess.CompletedProcess[str]]

VALID = """\
apiVersion: azuraforge.io/v1alpha1
kind: TrainingJob
metadata:
  name: broken-one
spec:
  pipeline: forecaster
  device: cpu
  config:
    dataset:
      source: {kind: sample}
      series: [JFK]
      target_columns: [temp]
    window: {lookback: 48, horizon: 24}
    model: {kind: last-value}
    training: {epochs: 1}
"""


@dataclass(frozen=True)
class Case:
    """One way to break a job file.

    Attributes:
        name: what is wrong, for the test's name.
        content: the whole file.
        sentences: what the message says; each must be there.
    """

    name: str
    content: str | bytes
    sentences: tuple[str, ...]


def _changed(name: str, old: str, new: str, *sentences: str) -> Case:
    assert VALID.count(old) == 1, f"{old!r} should stand once in the valid file"
    return Case(name, VALID.replace(old, new), sentences)


CASES = [
    Case("empty file", "", ("exactly one object, got 0",)),
    Case("two objects", f"{VALID}---\n{VALID}", ("exactly one object, got 2", "file of its own")),
    Case("a list", "- 1\n- 2\n", ("should hold an object", "got a list")),
    Case("not UTF-8", VALID.encode().replace(b"broken", b"br\xf6ken"), ("not UTF-8", "0xf6")),
    _changed(
        "tab for indentation", "  pipeline:", "\tpipeline:", "not valid YAML at line 6", "tabs"
    ),
    _changed("unclosed bracket", "[JFK]", "[JFK", "not valid YAML at line"),
    _changed(
        "key twice", "  device: cpu", "  device: cpu\n  device: gpu", "line 8", "stands twice"
    ),
    _changed("wrong apiVersion", "v1alpha1", "v1", "apiVersion", "'azuraforge.io/v1alpha1'"),
    _changed("wrong kind", "kind: TrainingJob", "kind: Job", "kind: ", "'TrainingJob'"),
    _changed("name with capitals", "broken-one", "Broken_One", "metadata.name", "Broken_One"),
    _changed("no name", "  name: broken-one", "  labels: {}", "metadata.name: is required"),
    _changed("no pipeline", "  pipeline: forecaster\n", "", "spec.pipeline: is required"),
    _changed(
        "unknown pipeline",
        "forecaster",
        "forcaster",
        "no plugin is called 'forcaster'",
        "Did you mean 'forecaster'?",
    ),
    _changed("unknown field", "  device:", "  devise:", "spec.devise: is not", "mean 'device'?"),
    _changed("unknown device", "device: cpu", "device: tpu", "spec.device", "'gpu' or 'cpu'"),
    _changed(
        "gpu on the cpu", "  device: cpu", "  device: cpu\n  gpu: {count: 1}", "device is cpu"
    ),
    _changed(
        "quantity without a unit we know",
        "  device: cpu",
        "  device: cpu\n  resources: {memory: 8GB}",
        "spec.resources.memory",
        "8GB",
    ),
    _changed(
        "misspelt config field",
        "epochs: 1",
        "epoch: 1",
        "spec.config.training.epoch",
        "Did you mean 'epochs'?",
    ),
    _changed("text for a number", "epochs: 1", "epochs: many", "training.epochs", 'got "many"'),
    _changed(
        "zero epochs", "epochs: 1", "epochs: 0", "training.epochs", "greater than or equal to 1"
    ),
    _changed(
        "unknown model",
        "last-value",
        "last-valu",
        "spec.config.model.kind",
        "Did you mean 'last-value'?",
    ),
    _changed(
        "another model's field",
        "kind: last-value",
        "kind: last-value, alphas: [1]",
        "spec.config.model.alphas: is not a known field",
    ),
    _changed(
        "unknown source",
        "kind: sample",
        "kind: sampel",
        "spec.config.dataset.source.kind",
        "Did you mean 'sample'?",
    ),
    _changed(
        "file source without a path",
        "{kind: sample}",
        "{kind: file, time_column: date}",
        "spec.config.dataset.source.path: is required",
    ),
    _changed(
        "text for a list",
        "target_columns: [temp]",
        "target_columns: temp",
        "spec.config.dataset.target_columns",
        'got "temp"',
    ),
    _changed(
        "split beyond one",
        "target_columns: [temp]",
        "target_columns: [temp]\n      split: {train: 0.9, validation: 0.1, test: 0.2}",
        "spec.config.dataset.split",
        "sum to 1.2, expected 1",
    ),
    _changed(
        "column in two roles",
        "target_columns: [temp]",
        "target_columns: [temp]\n      past_columns: [temp]",
        "'temp' must have one role",
    ),
    _changed("lookback beyond bounds", "lookback: 48", "lookback: 0", "window.lookback", "got 0"),
]


def test_there_are_at_least_25_cases() -> None:
    """The table stays as wide as it was promised to be."""
    assert len(CASES) >= 25
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_validate_explains_what_is_wrong(case: Case, invoke: Invoke, tmp_path: Path) -> None:
    """A broken job file is exit code 64 and a sentence, never a traceback."""
    path = tmp_path / "job.yaml"
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    finished = invoke("validate", "-f", str(path))
    assert finished.returncode == 64, finished.stderr
    assert finished.stdout == ""
    assert "Traceback" not in finished.stderr
    assert "job.yaml" in finished.stderr
    for sentence in case.sentences:
        assert sentence in finished.stderr


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("missing.yaml", None, "is not there"),
        ("folder.yaml", "folder", "is a folder"),
    ],
)
def test_a_path_that_is_no_file_is_explained(
    name: str, make: str | None, sentence: str, invoke: Invoke, tmp_path: Path
) -> None:
    """A wrong path is exit code 64 and says what is there instead."""
    if make == "folder":
        (tmp_path / name).mkdir()
    finished = invoke("validate", "-f", name)
    assert finished.returncode == 64
    assert sentence in finished.stderr


def test_every_problem_of_a_file_is_told_at_once(invoke: Invoke, tmp_path: Path) -> None:
    """Nobody has to run validate once per typing error."""
    text = (
        VALID.replace("epochs", "epoch").replace("device", "devise").replace("temp", "temp, temp")
    )
    (tmp_path / "job.yaml").write_text(text, encoding="utf-8")
    finished = invoke("validate", "-f", "job.yaml", "--json")
    document = json.loads(finished.stdout)
    assert finished.returncode == 64
    assert not document["valid"]
    assert {problem["path"] for problem in document["problems"]} == {
        "spec.devise",
        "spec.config.training.epoch",
        "spec.config.dataset",
    }


def test_a_valid_file_is_one_line(invoke: Invoke, tmp_path: Path) -> None:
    """A valid file says so with its name and pipeline, and the exit code is 0."""
    (tmp_path / "job.yaml").write_text(VALID, encoding="utf-8")
    finished = invoke("validate", "-f", "job.yaml")
    assert finished.returncode == 0
    assert finished.stdout == "job.yaml is valid: broken-one, pipeline forecaster.\n"
    assert json.loads(invoke("validate", "-f", "job.yaml", "--json").stdout) == {
        "valid": True,
        "problems": [],
    }


@pytest.mark.parametrize("name", ["key twice", "unknown pipeline", "misspelt config field"])
def test_run_refuses_the_same_files_and_leaves_nothing_behind(
    name: str, invoke: Invoke, tmp_path: Path
) -> None:
    """A broken job starts no attempt and creates no folder."""
    case = next(case for case in CASES if case.name == name)
    assert isinstance(case.content, str)
    (tmp_path / "job.yaml").write_text(case.content, encoding="utf-8")
    finished = invoke("run", "-f", "job.yaml")
    assert finished.returncode == 64
    for sentence in case.sentences:
        assert sentence in finished.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.yaml"]
