"""Every way an attempt can fail has its exit code, its reason and a sentence."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azuraforge_contract.environment import CACHE_DIR

BAD_CONFIG = (64, "BadConfig")
BAD_DATA = (65, "BadData")
UNREACHABLE = """
from azuraforge_contract.errors import SourceUnreachableError
raise SourceUnreachableError('The archive did not answer.')
"""
FULL_GPU = """
from cupy.cuda.memory import OutOfMemoryError
raise OutOfMemoryError(4096, 8192, 0)
"""
FULL_DISK = "import errno\nraise OSError(errno.ENOSPC, 'No space left on device', '/runs/x')"


def _changed(spec: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *folders, name = path.split(".")
    here = spec
    for folder in folders:
        here = here.setdefault(folder, {})
    here[name] = value
    return spec


def _expect(job: Any, code: int, reason: str, *sentences: str) -> str:
    found, log = job.finish()
    assert found == code, log
    assert job.termination.reason == reason
    for sentence in sentences:
        assert sentence in job.termination.message
    failed = json.loads(log.splitlines()[-1])
    assert (failed["level"], failed["event"]) == ("error", "failed")
    return str(log)


@pytest.mark.parametrize(
    ("path", "value", "ending", "sentence"),
    [
        ("pipeline", "forcaster", BAD_CONFIG, "Did you mean 'forecaster'?"),
        ("config.window.lookback", 3, BAD_CONFIG, ""),
        ("resumeFrom", "uid-9", BAD_CONFIG, "spec.resumeFrom: job uid-9 has no checkpoint"),
        ("config.dataset.target_columns", ["tmp"], BAD_DATA, "'temp'"),
        (
            "config.dataset.source",
            {"kind": "file", "path": "none.csv", "time_column": "t"},
            BAD_DATA,
            "none.csv",
        ),
    ],
    ids=["pipeline", "model", "resume-from", "column", "file"],
)
def test_a_mistake_of_the_user_is_told_without_a_traceback(
    make_job: Callable[..., Any],
    make_spec: Callable[..., Any],
    path: str,
    value: Any,
    ending: tuple[int, str],
    sentence: str,
) -> None:
    """Exit 64 for the config and 65 for the data, the cause and the nearest right name."""
    spec = _changed(make_spec(), path, value)
    if path == "config.window.lookback":
        spec["config"]["model"] = {"kind": "patchtst", "patch_length": 16, "patch_stride": 1}
    log = _expect(make_job(spec), *ending, sentence)
    assert "Traceback" not in log


def test_divergence_names_where(
    make_job: Callable[..., Any], make_spec: Callable[..., Any]
) -> None:
    """Exit 76 with epoch, step, learning rate and the last good checkpoint."""
    job = make_job(make_spec(learning_rate=1e30, gradient_clip=None, schedule="constant"))
    _expect(
        job,
        76,
        "Diverged",
        "in epoch 1, step 2, at learning rate 1e+30",
        "No checkpoint had been saved before.",
    )
    assert not job.run.model.exists()


@pytest.mark.parametrize(
    ("body", "code", "reason", "sentence"),
    [
        ("raise KeyError('x')", 70, "InternalError", "KeyError"),
        ("raise MemoryError", 70, "OutOfMemory", "spec.resources.memory"),
        (FULL_DISK, 74, "StorageError", "No space left on device"),
        (UNREACHABLE, 69, "SourceUnreachable", "did not answer"),
        (FULL_GPU, 71, "GpuOutOfMemory", "batch_size"),
    ],
    ids=["bug", "memory", "disk", "source", "gpu-memory"],
)
def test_whatever_is_raised_becomes_an_exit_code(
    plugin_job: Callable[[str], Any], body: str, code: int, reason: str, sentence: str
) -> None:
    """A bug has its traceback in the log and a short last word; a known trouble has its code."""
    if "cupy" in body:
        pytest.importorskip("cupy", reason="CuPy is not installed")
    log = _expect(plugin_job(body), code, reason, sentence)
    assert ("Traceback" in log) == (code == 70)


def test_a_gpu_that_is_not_there_is_refused(
    make_job: Callable[..., Any], make_spec: Callable[..., Any]
) -> None:
    """Exit 78 before any data is read; the job never runs on the CPU instead."""
    job = make_job({**make_spec(), "device": "gpu"})
    job.variables["CUDA_VISIBLE_DEVICES"] = ""
    _expect(job, 78, "AcceleratorUnavailable", "The GPU cannot be used")
    assert [event.type for event in job.events()] == ["failed"]


def test_a_run_folder_that_cannot_be_written_is_exit_74(make_job: Callable[..., Any]) -> None:
    """A file where the run's folder should be."""
    job = make_job()
    job.run.root.parent.parent.mkdir(exist_ok=True)
    job.run.root.parent.write_text("")
    code, log = job.finish()
    assert code == 74, log
    assert job.termination.reason == "StorageError"


def test_a_full_volume_is_exit_74(
    make_job: Callable[..., Any], make_spec: Callable[..., Any], tmp_path: Path
) -> None:
    """A checkpoint that no longer fits ends the attempt, and the last word still gets out."""
    spec = make_spec()
    spec["config"]["model"] = {"kind": "lstm", "hidden": 64}
    spec["config"]["training"]["epochs"] = 1
    job = make_job(spec)
    volume = tmp_path / "runs"
    volume.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(volume)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed
    if mounted.returncode:
        pytest.skip(f"no small volume can be mounted here (needs root): {mounted.stderr.strip()}")
    try:
        _expect(job, 74, "StorageError", "checkpoints", "No space left on device")
        assert list(job.run.checkpoints.iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", str(volume)], check=True)  # noqa: S603, S607 - fixed


def test_a_wrong_environment_is_exit_64(make_job: Callable[..., Any]) -> None:
    """What the executor should have said is named."""
    job = make_job()
    job.variables[CACHE_DIR] = ""
    _expect(job, 64, "BadConfig", "AZURAFORGE_CACHE_DIR is not set")
