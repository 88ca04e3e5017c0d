"""One training step of our engine against PyTorch on the CPU: eager and compiled, interleaved.

    .venv/bin/python benchmarks/engine_step.py --json benchmarks/results/engine_step.json

PyTorch lives in an environment of its own and answers from a process of its own:

    uv venv .venv-bench --python 3.11
    uv pip install --python .venv-bench/bin/python torch numpy pydantic threadpoolctl

A step is forward, loss, backward and AdamW on a batch that is already there, dropout included.
Every round runs each candidate once for a short burst, in turn, so that other load meets all alike;
a candidate's figure is the median over rounds of its bursts' medians. Ratios compare the best
number of threads of each side. The CPU and the load are kept beside the figures.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))

from benchmarks.cpu_cases import CASES  # noqa: E402 - a script finds its package by its place
from benchmarks.step_cases import azuraforge_step  # noqa: E402

from azuraforge_core.autograd.threads import compute_threads  # noqa: E402
from azuraforge_core.device import Device  # noqa: E402
from azuraforge_core.training.threads import available_cores  # noqa: E402

_BURST_SECONDS = 0.4
_MOST_THREADS = 2
_TORCH_PYTHON = _ROOT / ".venv-bench" / "bin" / "python"

Measure = Callable[[int, int], list[float]]
"""(steps to warm up, steps to measure) → seconds of each measured step."""


class Torch:
    """The process that runs PyTorch."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own script in our own environment
            [str(python), "-m", "benchmarks.torch_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": f"{_ROOT / 'core'}{os.pathsep}{_ROOT}"},
        )

    def ask(self, request: dict[str, object]) -> Any:
        """Send one request and wait for its answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the PyTorch process has no pipes")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the PyTorch process ended with {self._process.wait()}")
        return json.loads(answer)

    def measuring(self, case: str, threads: int, *, compiled: bool) -> Measure:
        """Return a candidate."""

        def measure(warm: int, count: int) -> list[float]:
            request: dict[str, object] = {"case": case, "threads": threads, "compiled": compiled}
            seconds: list[float] = self.ask({**request, "warm": warm, "count": count})
            return seconds

        return measure

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()


def our_measuring(step: Callable[[], None], threads: int) -> Measure:
    """Return a candidate of ours."""

    def measure(warm: int, count: int) -> list[float]:
        seconds = []
        with compute_threads(threads):
            for _ in range(warm):
                step()
            for _ in range(count):
                start = time.perf_counter()
                step()
                seconds.append(time.perf_counter() - start)
        return seconds

    return measure


def measure_case(name: str, torch: Torch, rounds: int, *, compiled: bool) -> dict[str, Any]:
    """Measure one case's candidates in interleaved rounds and return its record."""
    step = azuraforge_step(CASES[name], Device("cpu", np))
    candidates: dict[str, Measure] = {}
    for threads in sorted({1, min(available_cores(), _MOST_THREADS)}):
        candidates[f"ours, threads {threads}"] = our_measuring(step, threads)
        candidates[f"torch eager, threads {threads}"] = torch.measuring(
            name, threads, compiled=False
        )
        if compiled:
            candidates[f"torch compile, threads {threads}"] = torch.measuring(
                name, threads, compiled=True
            )
    bursts = {
        candidate: max(3, int(_BURST_SECONDS / statistics.median(measure(5, 3))))
        for candidate, measure in candidates.items()
    }
    medians: dict[str, list[float]] = {candidate: [] for candidate in candidates}
    for _ in range(rounds):
        for candidate, measure in candidates.items():
            medians[candidate].append(statistics.median(measure(1, bursts[candidate])))
    return {"case": name, "title": CASES[name].name, **_figures(medians, bursts)}


def _figures(medians: dict[str, list[float]], bursts: dict[str, int]) -> dict[str, Any]:
    figures = {
        name: {
            "median_ms": round(1e3 * statistics.median(values), 4),
            "best_round_ms": round(1e3 * min(values), 4),
            "steps_per_round": bursts[name],
        }
        for name, values in medians.items()
    }

    def ratio(rival: str, figure: str) -> float | None:
        theirs = [f[figure] for name, f in figures.items() if name.startswith(rival)]
        ours = [f[figure] for name, f in figures.items() if name.startswith("ours")]
        return round(min(theirs) / min(ours), 2) if theirs else None

    return {
        "figures": figures,
        "ratio_to_eager": ratio("torch eager", "median_ms"),
        "ratio_to_compile": ratio("torch compile", "median_ms"),
        "ratio_to_eager_best_rounds": ratio("torch eager", "best_round_ms"),
    }


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def main() -> None:
    """Measure, print a table and keep the figures."""
    parser = argparse.ArgumentParser(description="Our training step against PyTorch's on the CPU.")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES), help="which steps")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    parser.add_argument("--torch-python", type=Path, default=_TORCH_PYTHON)
    arguments = parser.parse_args()
    if not arguments.torch_python.exists():
        parser.error(f"{arguments.torch_python} is missing: see the top of this file")
    load_before = os.getloadavg()
    torch = Torch(arguments.torch_python)
    versions = {"numpy": np.__version__, "python": platform.python_version(), **torch.ask({})}
    records = []
    for name in arguments.case:
        records.append(
            measure_case(name, torch, arguments.rounds, compiled=not arguments.no_compile)
        )
        _print(records[-1])
    torch.close()
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        result = {
            "cpu": _cpu_name(),
            "cores": available_cores(),
            "load_average": {"before": load_before, "after": os.getloadavg()},
            "versions": versions,
            "rounds": arguments.rounds,
            "cases": records,
        }
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


def _print(record: dict[str, Any]) -> None:
    print(record["title"])
    for name, figure in record["figures"].items():
        print(f"  {name:<26}{figure['median_ms']:>10.3f} ms (best {figure['best_round_ms']:.3f})")
    print(
        f"  ratio to eager {record['ratio_to_eager']} (best rounds"
        f" {record['ratio_to_eager_best_rounds']}), to compile {record['ratio_to_compile']}"
    )


if __name__ == "__main__":
    main()
