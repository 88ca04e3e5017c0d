"""The operator under load on a real cluster: writes, delays, throughput, memory, idle CPU.

    make bench-operator                      # 1,000 jobs and 5,000 finished ones; about 20 minutes
    make bench-operator BENCH_ARGS="--jobs 100 --finished 200"

On a kind cluster of its own, whose pods kwok plays (``operator_load_cluster``):

1. Jobs one after the other: the time from a TrainingJob's creation to that of its child.
2. As many TrainingJobs as plain Jobs of the very same pods, in the order A B B A, so that a cluster
   that grows slower meets both alike. A round ends when its last Job is complete; of TrainingJobs,
   which succeed before the cluster has done with their Jobs, when both are. Throughput is jobs by
   the sum of their two rounds' times.
3. The operator's writes to the API server, from its audit log, per job of 1 and 2.
4. Beside thousands of finished jobs with their children: resident memory and idle CPU after a
   start, and writes, of which there must be none.

The file is not called operator.py, which would take the place of Python's own module of that name
for every script beside it.
"""

import argparse
import functools
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))

from benchmarks.operator_load_audit import (  # noqa: E402 - a script finds its package
    delays_to_child,
    quantiles,
    read_audit_log,
    writes_per_job,
)
from benchmarks.operator_load_cluster import (  # noqa: E402
    JOBS_NAMESPACE,
    LoadCluster,
    opened_cluster,
)
from benchmarks.operator_load_jobs import (  # noqa: E402
    copy_finished,
    create_all,
    plain_job,
    training_job,
    wait_until_done,
)

_RESULTS = _ROOT / "benchmarks" / "results" / "operator.json"
_PACE_SECONDS = 0.5
_IDLE_SECONDS = 60
_WINDOW_SECONDS = 10
_BUSY_SHARE = 0.05
_GOALS = {
    "writesPerJob": ("at most", 6.0),
    "throughputRatio": ("at least", 0.8),
    "memoryMegabytes": ("at most", 120.0),
    "idleCpuPercent": ("at most", 1.0),
    "writesBesideFinishedJobs": ("at most", 0.0),
}


def main() -> int:
    """Measure, print, write the results; return 1 where a goal is missed."""
    options = _parse()
    with opened_cluster(options.kwok, controller_qps=options.controller_qps) as cluster:
        result = _measure(cluster, options)
    result["goals"] = _judge(result["figures"])
    options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    return 0 if all(goal["holds"] for goal in result["goals"].values()) else 1


def _measure(cluster: LoadCluster, options: argparse.Namespace) -> dict[str, Any]:
    paced = _run_paced(cluster, options.paced)
    rounds = _run_rounds(cluster, options.jobs // 2, options.limit_seconds)
    requests = read_audit_log(cluster.audit_events())
    lives = options.paced + 2 * (options.jobs // 2)
    writes = writes_per_job(requests, lives)
    busy = [name for each in rounds if each["kind"] == "training" for name in each.pop("names")]
    seconds = {
        kind: sum(each["seconds"] for each in rounds if each["kind"] == kind)
        for kind in ("training", "plain")
    }
    per_second = {kind: round(len(busy) / total, 3) for kind, total in seconds.items()}
    idle = _beside_finished(cluster, options.finished, paced[0])
    return {
        "formatVersion": 1,
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "settings": {
            "jobs": options.jobs,
            "paced": options.paced,
            "finished": options.finished,
            "controllerQps": options.controller_qps,
        },
        "rounds": rounds,
        "writes": writes,
        "delayToChildMilliseconds": {
            "oneAfterTheOther": quantiles(delays_to_child(requests, paced)),
            "allAtOnce": quantiles(delays_to_child(requests, busy)),
        },
        "jobsPerSecond": per_second,
        "besideFinishedJobs": idle,
        "figures": {
            "writesPerJob": writes["perJob"],
            "throughputRatio": round(seconds["plain"] / seconds["training"], 3),
            "memoryMegabytes": idle["memory"]["VmRSS"],
            "idleCpuPercent": idle["idleCpuPercent"],
            "writesBesideFinishedJobs": idle["writes"],
        },
    }


def _run_paced(cluster: LoadCluster, count: int) -> list[str]:
    names = [f"paced-{number}" for number in range(count)]
    began = time.monotonic()
    for name in names:
        cluster.api.create(training_job(name))
        time.sleep(_PACE_SECONDS)
    wait_until_done(lambda: _is_training_left(cluster), began, seconds=600 + count)
    _say(f"{count} jobs one after the other: done")
    return names


def _run_rounds(cluster: LoadCluster, count: int, limit_seconds: float) -> list[dict[str, Any]]:
    found = []
    for number, kind in enumerate(("plain", "training", "training", "plain")):
        names = [f"round-{number}-{index}" for index in range(count)]
        make = plain_job if kind == "plain" else training_job
        began = create_all(cluster.api, (make(name) for name in names))
        created = time.monotonic() - began
        is_left = functools.partial(_is_job_left if kind == "plain" else _is_training_left, cluster)
        seconds = wait_until_done(is_left, began, seconds=limit_seconds)
        found.append(
            {
                "kind": kind,
                "jobs": count,
                "createdAfterSeconds": round(created, 1),
                "seconds": round(seconds, 1),
                "names": names,
            }
        )
        _say(f"{count} {kind} jobs: {seconds:.1f} s, created after {created:.1f} s")
    for each in found:
        if each["kind"] == "plain":
            del each["names"]
    return found


def _is_training_left(cluster: LoadCluster) -> bool:
    return cluster.api.is_any("TrainingJob", "status.phase!=Succeeded") or _is_job_left(cluster)


def _is_job_left(cluster: LoadCluster) -> bool:
    return cluster.api.is_any("Job", "status.successful!=1")


def _beside_finished(cluster: LoadCluster, count: int, name: str) -> dict[str, Any]:
    """Measure an operator that was started beside so many finished jobs."""
    cluster.release.scale(0)
    there = len(cluster.api.list("TrainingJob", JOBS_NAMESPACE))
    copy_finished(cluster.api, name, max(0, count - there))
    wait_until_done(lambda: _is_pod_left(cluster), time.monotonic(), seconds=900)
    _say(f"{max(count, there)} finished jobs are there")
    before = len(_writes(cluster))
    cluster.release.scale(1)
    wait_until_done(_busy(cluster), time.monotonic(), seconds=900)
    began, used = time.monotonic(), cluster.operator_cpu_seconds()
    time.sleep(_IDLE_SECONDS)
    used = cluster.operator_cpu_seconds() - used
    return {
        "jobs": max(count, there),
        "memory": cluster.operator_memory(),
        "idleCpuPercent": round(100 * used / (time.monotonic() - began), 2),
        "writes": len(_writes(cluster)) - before,
    }


def _is_pod_left(cluster: LoadCluster) -> bool:
    return cluster.api.is_any("Pod", "status.phase!=Succeeded")


def _writes(cluster: LoadCluster) -> list[object]:
    return [each for each in read_audit_log(cluster.audit_events()) if each.is_by_operator]


def _busy(cluster: LoadCluster) -> Callable[[], bool]:
    """Return whether the operator takes more than 5 % of a core, asked for again and again."""
    seen = [(time.monotonic(), cluster.operator_cpu_seconds())]

    def is_busy() -> bool:
        began, before = seen[-1]
        if time.monotonic() - began < _WINDOW_SECONDS:
            return True
        seen.append((time.monotonic(), cluster.operator_cpu_seconds()))
        return seen[-1][1] - before > _BUSY_SHARE * _WINDOW_SECONDS

    return is_busy


def _judge(figures: dict[str, float]) -> dict[str, Any]:
    return {
        name: {
            "goal": f"{side} {limit:g}",
            "got": figures[name],
            "holds": figures[name] <= limit if side == "at most" else figures[name] >= limit,
        }
        for name, (side, limit) in _GOALS.items()
    }


def _machine() -> dict[str, Any]:
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "kubernetes": os.environ.get("KUBE_VERSION", "kind's own"),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "")


def _say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the operator under load.")
    parser.add_argument("--jobs", type=int, default=1000, help="of each kind, in two rounds")
    parser.add_argument("--paced", type=int, default=100, help="jobs one after the other")
    parser.add_argument("--finished", type=int, default=5000, help="jobs to stand beside")
    parser.add_argument(
        "--controller-qps", type=int, default=20, help="limit of each built-in controller"
    )
    parser.add_argument("--limit-seconds", type=float, default=1800, help="longest round")
    parser.add_argument("--kwok", type=Path, required=True, help="the program kwok")
    parser.add_argument("--json", type=Path, default=_RESULTS, help="where the results go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
