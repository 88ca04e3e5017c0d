"""The doctor looks at everything a run needs and says what it found, line by line."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azuraforge_contract.exit_codes import ExitCode
from azuraforge_core.doctor import CheckResult, exit_code_of, run_checks

ALWAYS = ["python", "azuraforge", "numpy", "cache folder", "disk"]
GPU = [
    "cupy",
    "driver",
    "device",
    "capability",
    "gpu memory",
    "nvrtc",
    "cublas",
    "gpu kernel",
    "gpu arrays",
    "gpu matrices",
    "gpu graph",
]
ASK_DOCTOR = """
import dataclasses, json, sys
from azuraforge_core.doctor import exit_code_of, run_checks
checks = run_checks(want_gpu=True)
json.dump([int(exit_code_of(checks)), [dataclasses.asdict(check) for check in checks]], sys.stdout)
"""


def test_a_machine_that_trains_on_the_cpu_is_well(tmp_path: Path) -> None:
    """Without a wish for the GPU nothing of CUDA is looked at, and all is well."""
    checks = run_checks(want_gpu=False, cache_dir=tmp_path / "not" / "there" / "yet")
    assert [check.name for check in checks] == ALWAYS
    assert {check.status for check in checks} <= {"ok", "warn"}
    assert all(check.found for check in checks)
    assert exit_code_of(checks) is ExitCode.SUCCEEDED
    assert list(tmp_path.iterdir()) == []


def test_the_cache_folder_is_the_one_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor looks at the cache that runs would use."""
    monkeypatch.setenv("AZURAFORGE_CACHE_DIR", str(tmp_path))
    found = {check.name: check.found for check in run_checks(want_gpu=False)}
    assert found["cache folder"] == str(tmp_path)
    monkeypatch.delenv("AZURAFORGE_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    found = {check.name: check.found for check in run_checks(want_gpu=False)}
    assert found["cache folder"] == str(tmp_path / ".cache" / "azuraforge")


def test_a_cache_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    """Where the cache cannot be filled a job would end with a storage error, and it is said why."""
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file")
    checks = run_checks(want_gpu=False, cache_dir=in_the_way)
    assert checks[3] == CheckResult(
        name="cache folder",
        status="fail",
        found=f"{in_the_way} cannot be written: Not a directory",
        remedy="Set AZURAFORGE_CACHE_DIR to a folder that this user can write.",
        exit_code=ExitCode.STORAGE_ERROR,
    )
    assert exit_code_of(checks) is ExitCode.STORAGE_ERROR


def test_the_first_failed_step_is_told_and_the_rest_are_listed(
    stub_driver: Path, environment_with_driver: Callable[[Path | None], dict[str, str]]
) -> None:
    """On an old GPU the doctor shows what works, what does not and why, and ends as a job would."""
    pytest.importorskip("cupy", reason="CuPy is not installed (extra `gpu`)")
    answer = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, "-c", ASK_DOCTOR],
        env=environment_with_driver(stub_driver) | {"STUB_CAPABILITY": "75"},
        capture_output=True,
        text=True,
        check=True,
    )
    exit_code, checks = json.loads(answer.stdout)
    by_name: dict[str, dict[str, Any]] = {check["name"]: check for check in checks}
    assert exit_code == 78
    assert list(by_name) == ALWAYS + GPU
    assert by_name["driver"]["status"] == "ok"
    assert by_name["device"]["found"] == "Stub GPU (GPU-00010203-0405-0607-0809-0a0b0c0d0e0f)"
    assert by_name["capability"]["status"] == "fail"
    assert by_name["capability"]["found"] == (
        "Stub GPU has compute capability 7.5, but 8.0 or higher is needed"
    )
    assert by_name["capability"]["remedy"].startswith("Use an Ampere GPU or a newer one")
    after = GPU[GPU.index("capability") + 1 :]
    assert {(by_name[name]["status"], by_name[name]["found"]) for name in after} == {
        ("warn", "not checked, because capability failed")
    }


@pytest.mark.gpu
def test_a_machine_with_a_working_gpu_is_well(tmp_path: Path) -> None:
    """Where the GPU works, every step says what it found."""
    checks = run_checks(want_gpu=True, cache_dir=tmp_path)
    assert {check.status for check in checks[len(ALWAYS) :]} == {"ok"}
    assert exit_code_of(checks) is ExitCode.SUCCEEDED
