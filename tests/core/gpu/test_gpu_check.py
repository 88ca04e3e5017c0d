"""The GPU check says why it cannot run where there is no usable GPU."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GPU_CHECK = Path(__file__).parents[3] / "benchmarks" / "gpu_check.py"


def test_the_gpu_check_refuses_a_machine_without_a_gpu(
    tmp_path: Path, environment_with_driver: Callable[[Path | None], dict[str, str]]
) -> None:
    """`make gpu-check` prints cause and remedy, runs nothing, writes nothing and exits with 78."""
    pytest.importorskip("cupy", reason="CuPy is not installed (extra `gpu`)")
    (tmp_path / "libcuda.so.1").touch()
    results = GPU_CHECK.parent / "results" / "gpu_check.json"
    before = results.stat().st_mtime_ns if results.exists() else None
    ended = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, GPU_CHECK],
        env=environment_with_driver(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 78, ended.stderr
    assert ended.stdout.startswith("The GPU cannot be used: the NVIDIA driver's library cannot be")
    assert ended.stdout.rstrip().endswith("requests a GPU (nvidia.com/gpu: 1).")
    assert (results.stat().st_mtime_ns if results.exists() else None) == before
