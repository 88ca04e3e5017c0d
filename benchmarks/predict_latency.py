"""How long a forecast takes: the whole command from a cold start, and one call in a process.

    python benchmarks/predict_latency.py runs/jfk-temperature-1

Prints the medians beside their limits and keeps every measurement in
``benchmarks/results/predict_latency.json``. Processor time stands beside wall time, which other
processes on the machine change more; on a busy one put ``chrt -f 10`` in front.
"""

import argparse
import datetime as dt
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.loading import load_forecaster

RESULTS: Final = Path(__file__).parent / "results" / "predict_latency.json"
REPEATS: Final = 5
CALLS: Final = 50
COMMAND_LIMIT_SECONDS: Final = 1.5
CALL_LIMIT_MILLISECONDS: Final = 5.0


def main() -> None:
    """Measure a run's model, print and keep the figures."""
    parser = argparse.ArgumentParser(description="Time a forecast with a finished model.")
    parser.add_argument("run", type=Path, help="a run's folder")
    run: Path = parser.parse_args().run
    wall, processor = zip(*(_time_command(run) for _ in range(REPEATS)), strict=True)
    load, calls = _time_calls(run)
    document = {
        "formatVersion": 1,
        "measuredAt": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "loadAverage": os.getloadavg()[0],
        "model": load_forecaster(run / "model").manifest.kind,
        "commandSeconds": wall,
        "commandProcessorSeconds": processor,
        "loadMilliseconds": load,
        "callMilliseconds": calls,
    }
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    command, call = statistics.median(wall), statistics.median(calls)
    print(f"command, cold       {command:6.2f} s   (limit {COMMAND_LIMIT_SECONDS} s)")
    print(f"  its processor time {statistics.median(processor):5.2f} s")
    print(f"load the model      {load:6.1f} ms")
    print(f"one call, warm      {call:6.2f} ms  (limit {CALL_LIMIT_MILLISECONDS} ms)")


def _time_command(run: Path) -> tuple[float, float]:
    """Return wall and processor seconds of ``azuraforge predict``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "azuraforge_cli", "predict", str(run)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(wall, 3), round(spent, 3)


def _time_calls(run: Path) -> tuple[float, list[float]]:
    """Return milliseconds of loading, and of each warm forecast of one series."""
    began = time.perf_counter()
    forecaster = load_forecaster(run / "model")
    load = (time.perf_counter() - began) * 1e3
    forecast(forecaster)
    calls = []
    for _ in range(CALLS):
        began = time.perf_counter()
        forecast(forecaster)
        calls.append(round((time.perf_counter() - began) * 1e3, 3))
    return round(load, 2), calls


if __name__ == "__main__":
    main()
