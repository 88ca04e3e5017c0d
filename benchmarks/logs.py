"""How late, how many and how surely lines of pods' logs arrive in Loki.

    PYTHONPATH=charts:tests/harness .venv/bin/python -m benchmarks.logs

Runs Loki and the collector as processes with the configuration and the memory limits that the chart
renders for them, beside a process that prints like trainers do (``logs_writer.py``). Measures: the
delay from print to answer, at a trickle and at 1,000 lines a second; five minutes of many lines;
hard kills of the collector; ten minutes without Loki; and what one real job prints. Every line is
read back and counted. Takes some twenty minutes; ``--seconds 60 --away-seconds 60`` tries it in
five, ``--only`` measures some parts anew. What needs a cluster is left out: the labels of pods.
Keeps the figures in ``benchmarks/results/logs.json``; ends with 1 where a line is lost or doubled.
"""

import argparse
import datetime as dt
import json
import math
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.local_server import cpu_model
from benchmarks.logs_job import measure_job
from benchmarks.logs_reading import Arrived, follow, read_settled, wait_for_all
from benchmarks.logs_stack import Stack, run_stack

RESULTS: Final = Path(__file__).parent / "results" / "logs.json"
GOAL_LINES_PER_SECOND: Final = 5000
_PODS: Final = 10
_WARM_SECONDS: Final = 10
_KILLS: Final = 8
_MEBI: Final = 2**20

Figures = dict[str, Any]


def main() -> int:
    """Measure, print and keep the figures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=300, help="of many lines")
    parser.add_argument("--rate", type=int, default=5500, help="many lines, a second")
    parser.add_argument("--away-seconds", type=int, default=600)
    parser.add_argument("--away-rate", type=int, default=1000, help="lines a second meanwhile")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    document = json.loads(options.out.read_text("utf-8")) if options.out.exists() else {}
    document |= {
        "formatVersion": 1,
        "machine": {
            "cpu": cpu_model(), "cores": os.cpu_count(), "python": platform.python_version(),
        },
    }  # fmt: skip
    is_right = True
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="azf-logs-") as folder:
            before = os.getloadavg()
            figures = PARTS[name](Path(folder), options)
        document[name] = {
            "measuredAt": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "loadAverageBefore": before,
            "loadAverageAfter": os.getloadavg(),
            **figures,
        }
        options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        _print(name, figures)
        is_right &= not (figures.get("lost", 0) or figures.get("doubled", 0))
    return 0 if is_right else 1


def _measure_delay(folder: Path, _options: argparse.Namespace) -> Figures:
    """Return delays of 400 lines at a trickle, and of 30 s of 1,000 lines a second."""
    found = {}
    for name, pods, rate, lines in (("trickle", 1, 8, 400), ("fast", _PODS, 1000, 30_000)):
        with run_stack(folder / name) as stack:
            began = time.time_ns()
            writing = stack.write(pods=pods, rate=rate, lines=lines)
            delays = follow(stack.loki.url, writing, pods, began, lines)
            writing.wait()
        found[name] = {
            "linesPerSecond": rate, "lines": len(delays), "lost": lines - len(delays),
            "p50Seconds": round(statistics.median(delays), 3),
            "p99Seconds": round(delays[math.ceil(0.99 * len(delays)) - 1], 3),
            "worstSeconds": round(delays[-1], 3),
        }  # fmt: skip
    return {**found, "lost": sum(each["lost"] for each in found.values())}


def _measure_throughput(folder: Path, options: argparse.Namespace) -> Figures:
    """Return what became of many lines for some minutes, and what that cost."""
    with run_stack(folder / "stack") as stack:
        began = time.time_ns()
        writing = stack.write(
            pods=_PODS, rate=options.rate, lines=options.rate * options.seconds // _PODS * _PODS
        )
        written, seconds = writing.wait()
        late = wait_for_all(stack.loki.url, written, began, seconds=300)
        spent = _spent(stack)
        arrived = read_settled(stack.loki.url, written, began)
    return {
        "offeredLinesPerSecond": round(arrived.offered / seconds),
        "arrivedLinesPerSecond": round(arrived.arrived / (seconds + late)),
        "seconds": seconds,
        "lastLineSecondsLate": round(late, 2),
        **_counted(arrived),
        **spent,
    }


def _measure_kills(folder: Path, _options: argparse.Namespace) -> Figures:
    """Return what became of 9,000 lines and 180 tracebacks through 8 hard kills and rotation."""
    with run_stack(folder / "stack") as stack:
        began = time.time_ns()
        writing = stack.write(
            pods=3, rate=300, lines=9000, rotate_bytes=200_000, traceback_every=50
        )
        kills = 0
        while kills < _KILLS:
            time.sleep(1.5)
            stack.collector.kill()
            time.sleep(0.1 * kills)
            stack.start_collector()
            kills += 1
        while_printing = writing.is_going_on
        written, _ = writing.wait()
        wait_for_all(stack.loki.url, written, began, seconds=120)
        time.sleep(5)  # what is sent a second time comes after the last line
        arrived = read_settled(stack.loki.url, written, began, traceback_every=50)
    return {"kills": kills, "allWhilePrinting": while_printing, **_counted(arrived)}


def _measure_away(folder: Path, options: argparse.Namespace) -> Figures:
    """Return what became of lines printed while Loki was away, and how soon they came."""
    with run_stack(folder / "stack") as stack:
        began = time.time_ns()
        writing = stack.write(pods=_PODS, rate=options.away_rate, lines=10**9)
        time.sleep(_WARM_SECONDS)
        stack.loki.server.kill()
        time.sleep(options.away_seconds)
        queued = stack.queue_bytes()
        backlog = options.away_rate * options.away_seconds
        returned = time.monotonic()
        stack.loki.server.start()
        ready = time.monotonic() - returned
        written, seconds = writing.stop()
        wait_for_all(stack.loki.url, written, began, seconds=900)
        caught_up = time.monotonic() - returned
        spent = _spent(stack)
        arrived = read_settled(stack.loki.url, written, began)
    return {
        "awaySeconds": options.away_seconds,
        "linesPerSecond": round(arrived.offered / seconds),
        "lokiReadySeconds": round(ready, 1),
        "caughtUpSeconds": round(caught_up, 1),
        "catchUpLinesPerSecond": round(backlog / caught_up),
        "queueMebibytes": round(queued / _MEBI, 1),
        **_counted(arrived),
        **spent,
    }


def _counted(arrived: Arrived) -> Figures:
    names = {"out_of_order": "outOfOrder", "torn": "tornTracebacks"}
    return {names.get(name, name): count for name, count in asdict(arrived).items()}


def _spent(stack: Stack) -> Figures:
    return {
        name: {
            "cpuSeconds": round(each.cpu_seconds, 1),
            "peakMebibytes": round(each.peak_bytes / _MEBI, 1),
            "ownMebibytes": round(each.own_bytes / _MEBI, 1),
        }
        for name, each in stack.spent().items()
    }


def _print(name: str, figures: Figures) -> None:
    print(f"\n{name}")
    for key, value in figures.items():
        if isinstance(value, dict):
            text = ", ".join(f"{part} {_text(figure)}" for part, figure in value.items())
        else:
            text = _text(value)
        print(f"  {key:24} {text}", flush=True)


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


PARTS: Final[dict[str, Callable[[Path, argparse.Namespace], Figures]]] = {
    "delay": _measure_delay,
    "kills": _measure_kills,
    "throughput": _measure_throughput,
    "away": _measure_away,
    "job": lambda folder, _options: measure_job(folder),
}


if __name__ == "__main__":
    sys.exit(main())
