"""What `make gpu-check` runs on a machine with a GPU: the GPU's tests, then timed training steps.

It needs no network and no installation, only a few packages beside CuPy for the machine's CUDA
version; where PyTorch is there as well, its steps are timed beside ours. Results go to
`benchmarks/results/gpu_check.json`. Without a usable GPU it says why and exits with 78.
"""

import argparse
import dataclasses
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("core", "trainer-image", "api", "plugins/azuraforge-forecaster", ".")
RESULTS = ROOT / "benchmarks" / "results" / "gpu_check.json"
NEEDED = ("numpy", "pydantic", "threadpoolctl", "pytest", "pytest_timeout", "hypothesis")
FORMAT_VERSION = 1
TEST_SECONDS = 240

# Behind everything else, so that a checkout works where the package is not installed.
sys.path.extend(str(ROOT / folder) for folder in SOURCES)

from azuraforge_core.device import Device  # noqa: E402 - after the search path is set
from azuraforge_core.gpu.preflight import GpuFacts, require_gpu  # noqa: E402 - likewise
from azuraforge_core.gpu.problems import GpuUnavailable  # noqa: E402 - likewise


def main() -> int:
    """Run everything; return the process's exit code."""
    parser = argparse.ArgumentParser(description="Test and time the engine on this machine's GPU.")
    parser.add_argument("--no-tests", action="store_true", help="time the steps only")
    arguments = parser.parse_args()
    started = time.monotonic()
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        print(f"The GPU check needs {', '.join(missing)}, which this Python lacks.")
        return 1
    try:
        facts = require_gpu()
    except GpuUnavailable as refusal:
        print(refusal)
        return int(refusal.exit_code)
    print(f"{facts.name}, CUDA {facts.driver_cuda}, CuPy {facts.cupy}", flush=True)
    passed = arguments.no_tests or _tests_pass()
    _write({"testsPassed": None if arguments.no_tests else passed, **_times(facts)})
    print(f"{time.monotonic() - started:.0f} s; {RESULTS.relative_to(ROOT)}")
    return 0 if passed else 1


def _tests_pass() -> bool:
    """Run every test marked `gpu` in a process of its own; it may take four minutes.

    A warning is no error here: the machine's other packages are not ours to mend.
    """
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-q", "-o", "filterwarnings=default"]
    files = [
        str(path)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "mark.gpu" in path.read_text(encoding="utf-8")
    ]
    search = [*(str(ROOT / folder) for folder in SOURCES), os.environ.get("PYTHONPATH", "")]
    try:
        ended = subprocess.run(  # noqa: S603 - a fixed command
            [*command, *files],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(search)},
            timeout=TEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"The GPU's tests did not end within {TEST_SECONDS} s.")
        return False
    return ended.returncode == 0


def _times(facts: GpuFacts) -> dict[str, Any]:
    gpu_steps = importlib.import_module("benchmarks.gpu_steps")
    device = Device("gpu", importlib.import_module("cupy"), facts)
    return {
        "gpu": dataclasses.asdict(facts),
        "launches": gpu_steps.time_launches(device),
        "steps": gpu_steps.time_steps(device),
    }


def _write(result: dict[str, Any]) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"formatVersion": FORMAT_VERSION, **result}, indent=2, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
