"""The commands that read, and the edge that every command shares."""

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, version
from pathlib import Path

import numpy as np
import pytest
import yaml

import azuraforge_cli.validation
from azuraforge_contract.status import (
    AttemptStatus,
    CheckpointStatus,
    JobStatus,
    MetricValue,
    Phase,
    Progress,
)
from azuraforge_contract.training_job import parse_training_job
from azuraforge_core.cache import CacheKey, CacheWriter, SharedCache
from azuraforge_core.pipelines import registry
from azuraforge_local.job_file import identified, write_job
from azuraforge_local.status_file import write_status

Invoke = Callable[..., subprocess.CompletedProcess[str]]


def _write_run(folder: Path, status: JobStatus | None) -> Path:
    document = {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": "weather"},
        "spec": {"pipeline": "forecaster", "device": "cpu"},
    }
    folder.mkdir(parents=True)
    write_job(folder, identified(parse_training_job(json.loads(json.dumps(document))), folder))
    if status is not None:
        write_status(folder, status)
    return folder


COMMANDS = (
    *("", "run", "validate", "status", "doctor"),
    *("plugins", "plugins list", "plugins show", "plugins manifest"),
    *("cache", "cache ls", "cache verify", "cache prune"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, invoke: Invoke) -> None:
    """--help says what a command does; one that can be run shows an example to copy."""
    finished = invoke(*command.split(), "--help")
    assert finished.returncode == 0
    assert "Usage: azuraforge" in finished.stdout
    if command not in {"plugins", "cache"}:
        assert f"  azuraforge {command}".rstrip() in finished.stdout


def test_help_loads_nothing_heavy() -> None:
    """--help and shell completion answer at once: no arrays, tables, models or plugins."""
    program = "import azuraforge_cli.main, sys; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    found = subprocess.run(  # noqa: S603 - our own command
        command, check=True, capture_output=True, text=True
    )
    heavy = {"numpy", "polars", "pydantic", "rich", "yaml", "azuraforge_core", "httpx"}
    assert not heavy & set(found.stdout.split())


def test_the_version_is_the_package_s(invoke: Invoke) -> None:
    """--version names the version that is installed."""
    assert invoke("--version").stdout == f"azuraforge {version('azuraforge')}\n"


def test_a_bug_of_ours_is_one_line_and_a_traceback_only_on_request(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw is exit code 70, says so, and asks for --debug."""

    def break_down(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(azuraforge_cli.validation, "read_source", break_down)
    finished = invoke("validate", "-f", "job.yaml")
    assert finished.returncode == 70
    assert "RuntimeError: boom" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "Traceback" in invoke("validate", "-f", "job.yaml", "--debug").stderr


def test_a_full_disk_is_no_bug_of_ours() -> None:
    """What cannot be printed is told with the exit code of storage."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "azuraforge_cli", "--version"],
            check=False, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert finished.returncode == 74
    assert ("No space left" in finished.stderr, "bug" in finished.stderr) == (True, False)


def test_plugins_are_listed_and_shown(invoke: Invoke) -> None:
    """Every field of a config is shown with what it takes, its default and what it is."""
    listed = invoke("plugins", "list")
    assert "forecaster" in listed.stdout
    assert "weather-forecaster" in listed.stdout
    shown = invoke("plugins", "show", "forecaster").stdout
    assert "learning_rate  number > 0  (default: 0.001)" in shown
    assert "kind: open-meteo" in shown
    defaults = yaml.safe_load(shown[shown.index("pipeline: forecaster") :])
    assert defaults["config"]["training"]["epochs"] == 20
    descriptor = json.loads(invoke("plugins", "show", "forecaster", "--json").stdout)
    assert descriptor["config_schema"]["properties"]["training"]
    names = {
        plugin["name"]
        for plugin in json.loads(invoke("plugins", "list", "--json").stdout)["plugins"]
    }
    assert {"forecaster", "weather-forecaster"} <= names


def test_a_broken_plugin_is_listed_with_its_error(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin that cannot be loaded hides no other and is not silently missing."""
    broken = EntryPoint("broken", "no_such_module:Pipeline", registry.ENTRY_POINT_GROUP)
    found = importlib.metadata.entry_points

    def with_broken(**chosen: str) -> list[EntryPoint]:
        is_asked = chosen.get("name", "broken") == "broken"
        return [*found(**chosen), *([broken] if is_asked else [])]

    monkeypatch.setattr(registry, "entry_points", with_broken)
    listed = invoke("plugins", "list").stdout
    assert "forecaster" in listed
    assert "cannot be used: ModuleNotFoundError" in listed
    document = json.loads(invoke("plugins", "list", "--json").stdout)
    assert [plugin["name"] for plugin in document["broken"]] == ["broken"]
    assert invoke("plugins", "show", "broken").returncode == 64


def test_an_unknown_plugin_names_the_nearest(invoke: Invoke) -> None:
    """A typing error in a plugin's name costs no second look at the list."""
    finished = invoke("plugins", "show", "wether-forecaster")
    assert finished.returncode == 64
    assert "Did you mean 'weather-forecaster'?" in finished.stderr


def test_doctor_wants_what_job_files_want(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    """The GPU is the default, its absence is exit code 78 with a remedy; the CPU is asked for."""
    on_cpu = invoke("doctor", "--device", "cpu", "--json")
    assert on_cpu.returncode == 0
    assert {check["name"] for check in json.loads(on_cpu.stdout)["checks"]} >= {"python", "disk"}
    assert "can train on the CPU" in invoke("doctor", "--device", "cpu").stdout
    monkeypatch.setitem(sys.modules, "cupy", None)
    on_gpu = invoke("doctor")
    assert on_gpu.returncode == 78
    assert "pip install 'azuraforge[gpu]'" in on_gpu.stdout
    assert "azuraforge doctor --device cpu" in on_gpu.stdout
    assert json.loads(invoke("doctor", "--gpu", "--json").stdout)["exitCode"] == 78


def test_the_cache_is_listed_verified_and_pruned(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """People see what lies in the cache, whether it is whole, and what pruning would remove."""
    folder = tmp_path / "own-cache"
    monkeypatch.setenv("AZURAFORGE_CACHE_DIR", str(folder))
    assert "is empty" in invoke("cache", "ls").stdout

    def fill(writer: CacheWriter) -> None:
        writer.save_array("values", np.arange(4096, dtype=np.float32))

    entry = SharedCache(folder).open_or_fill(CacheKey.of({"source": {"kind": "test"}}), fill)
    assert "kind test" in invoke("cache", "ls").stdout
    listed = json.loads(invoke("cache", "ls", "--json").stdout)
    assert [found["digest"] for found in listed["entries"]] == [entry.digest]
    assert invoke("cache", "verify").stdout.startswith("1 of 1 entries")
    kept = json.loads(invoke("cache", "prune", "--max-size", "1Ki", "--dry-run", "--json").stdout)
    assert (kept["removed"], kept["isOverLimit"]) == ([], True)  # used within the last day
    (array,) = folder.rglob("values.npy")
    array.chmod(0o644)
    with array.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\xff")
    damaged = invoke("cache", "verify")
    assert damaged.returncode == 74
    assert "set aside" in damaged.stdout


def test_a_size_that_is_none_is_explained(invoke: Invoke) -> None:
    """--max-size takes what Kubernetes takes for memory."""
    finished = invoke("cache", "prune", "--max-size", "10GB")
    assert finished.returncode == 64
    assert "--max-size" in finished.stderr


def test_status_prints_the_object_that_a_cluster_would(invoke: Invoke, tmp_path: Path) -> None:
    """The whole object with its status, as JSON or YAML; a table for people."""
    status = JobStatus(
        phase=Phase.FAILED,
        reason="BadData",
        message="No.",
        attempts=(AttemptStatus(index=0, reason="BadData", exit_code=65, message="No."),),
        progress=Progress(
            percentage=50,
            epoch=1,
            total_epochs=2,
            metrics=(MetricValue(name="train.loss", value=0.5),),
        ),
        checkpoint=CheckpointStatus(step=1200),
    )
    _write_run(tmp_path / "run", status)
    as_json = json.loads(invoke("status", "run", "--json").stdout)
    as_yaml = yaml.safe_load(invoke("status", "run", "-o", "yaml").stdout)
    assert as_json == as_yaml
    assert as_json["kind"] == "TrainingJob"
    assert as_json["status"] == status.to_document()
    table = invoke("status", "run").stdout
    for expected in (
        "Failed",
        "BadData: No.",
        "50 %, epoch 1 of 2, train.loss 0.5000",
        "step 1,200",
    ):
        assert expected in table


def test_status_of_a_run_that_nobody_carries_out_says_how_to_go_on(
    invoke: Invoke, tmp_path: Path
) -> None:
    """A killed executor leaves no status that claims it runs."""
    running = JobStatus(
        phase=Phase.RUNNING,
        next_attempt=1,
        attempts=(AttemptStatus(index=0, start="2026-01-01T00:00:00Z"),),
        job_ref="weather-0",
    )
    _write_run(tmp_path / "run", running)
    finished = invoke("status", "run")
    assert "Running" not in finished.stdout
    assert "azuraforge run --resume --out run" in finished.stdout


@pytest.mark.parametrize(
    "command", [("status", "nothing"), ("run", "--resume", "--out", "nothing")]
)
def test_a_folder_that_is_no_run_s_is_explained(command: tuple[str, ...], invoke: Invoke) -> None:
    """A wrong folder is exit code 64 and says which folder would be right."""
    finished = invoke(*command)
    assert finished.returncode == 64
    assert "is no run's folder" in finished.stderr
