"""Metric points a second: our tracking store against an MLflow server, both on PostgreSQL.

    PYTHONPATH=tests/harness .venv/bin/python -m benchmarks.ingest --mlflow .venv-bench/bin

Starts one PostgreSQL server with a database for each, durable as it is by default, then
``azuraforge up`` and ``mlflow server``, and posts the points of the same events in turn, round by
round: to MLflow by ``log-batch``, its fastest way in, with the 1,000 metrics that it takes at most;
to ours as trainers post, whole events as lines of JSON with the trainer's own token. Each
connection writes runs of its own. After every load the series are read back: a point that they do
not have ends the benchmark. Takes some six minutes; ``--rounds 1 --posts 2`` tries it in one.
Keeps all figures in ``benchmarks/results/ingest.json``.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from benchmarks.ingest_load import Post, post_all
from benchmarks.ingest_servers import Azuraforge, Mlflow, Tracker
from benchmarks.ingest_shapes import POINTS_PER_EVENT
from benchmarks.local_server import cpu_model, cpu_seconds, version_of

from azuraforge_api_harness.postgres_server import PostgresServer, find_programs

RESULTS: Final = Path(__file__).parent / "results" / "ingest.json"
GOAL: Final = 20.0
DURABLE: Final = {"shared_buffers": "512MB"}
EVENTS_OF_BATCH: Final = 1000 // POINTS_PER_EVENT
EVENTS_OF_LARGE: Final = 10_000 // POINTS_PER_EVENT
SMALL_RUN: Final = 300
FULL_RUN: Final = 9990
"""Events of a run at most: the series endpoint returns that many points of a series."""


def main() -> None:
    """Measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description="Metric points a second, stored and readable.")
    parser.add_argument("--mlflow", type=Path, required=True, help="bin folder with mlflow in it")
    parser.add_argument("--mlflow-workers", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--posts", type=int, default=6, help="of each connection to MLflow")
    parser.add_argument("--factor", type=int, default=20, help="as many posts to ours")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.mlflow = options.mlflow.absolute()
    programs = find_programs()
    if programs is None:
        sys.exit("PostgreSQL is not installed (Debian: apt-get install postgresql).")
    with tempfile.TemporaryDirectory(prefix="azf-bench-") as scratch, ExitStack() as servers:
        folder = Path(scratch)
        folder.chmod(0o755)  # the database server's own user goes through it
        postgres = PostgresServer.start(programs, folder / "pg", DURABLE)
        servers.callback(postgres.stop)
        ours = servers.enter_context(Azuraforge.started(postgres, folder / "ours"))
        theirs = {
            f"mlflow, {workers} workers": servers.enter_context(
                Mlflow.started(postgres, folder / "mlflow", options.mlflow, workers)
            )
            for workers in options.mlflow_workers
        }
        loads = asyncio.run(_measure(_cases(ours, theirs, options), postgres, options))
    document = {
        "formatVersion": 1,
        "measuredAt": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": cpu_model(), "cores": os.cpu_count(), "python": platform.python_version(),
        },
        "loadAverage": os.getloadavg()[0],
        "mlflow": version_of(options.mlflow / "python", "mlflow"),
        "connections": options.connections,
        "pointsPerEvent": POINTS_PER_EVENT,
        "loads": loads,
        "ratios": _ratios(loads),
    }  # fmt: skip
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    _print(document)


class _Case:
    """One way of posting to one server."""

    def __init__(self, tracker: Tracker, posts: int, per_post: int, longest_run: int) -> None:
        self.tracker = tracker
        self.per_post = per_post
        self._posts = posts
        self._longest_run = longest_run - longest_run % per_post
        self.found: list[dict[str, float]] = []

    async def carry_out(self, connections: int, postgres: int) -> None:
        """Post to fresh runs, read everything back, and keep the figures."""
        plan: list[list[Post]] = [[] for _ in range(connections)]
        runs: dict[str, int] = {}
        for posts in plan:
            left = self._posts * self.per_post
            while left:
                events = min(left, self._longest_run)
                run, prepared = await self.tracker.prepare(events, self.per_post)
                posts.extend(prepared)
                runs[run] = events
                left -= events
        before = cpu_seconds(self.tracker.process), cpu_seconds(postgres)
        seconds, taken = await post_all(plan)
        spent = cpu_seconds(self.tracker.process) - before[0]
        spent_database = cpu_seconds(postgres) - before[1]
        points = 0
        for run, events in runs.items():
            expected = events * POINTS_PER_EVENT
            readable = await self.tracker.count_points(run)
            if readable != expected:
                sys.exit(f"Of {expected} points of run {run}, {readable} can be read.")
            points += readable
        self.found.append(
            {
                "pointsPerSecond": round(points / seconds, 1),
                "points": points,
                "seconds": round(seconds, 3),
                "p50PostMilliseconds": round(statistics.median(taken) * 1000, 2),
                "worstPostMilliseconds": round(taken[-1] * 1000, 2),
                "serverCpuSecondsPerMillion": round(spent / points * 1e6, 2),
                "databaseCpuSecondsPerMillion": round(spent_database / points * 1e6, 2),
            }
        )


def _cases(
    ours: Tracker, theirs: Mapping[str, Tracker], options: argparse.Namespace
) -> dict[tuple[str, str], _Case]:
    many, few = options.posts * options.factor, options.posts
    cases = {
        ("azuraforge", "1,000 points a post"): _Case(ours, many, EVENTS_OF_BATCH, FULL_RUN),
        ("azuraforge", "10,000 points a post"): _Case(
            ours, max(3, many // 5), EVENTS_OF_LARGE, FULL_RUN
        ),
        ("azuraforge", "3 points a post"): _Case(ours, 10 * few, 1, SMALL_RUN),
    }
    for name, tracker in theirs.items():
        cases[name, "1,000 points a post"] = _Case(tracker, few, EVENTS_OF_BATCH, FULL_RUN)
        cases[name, "3 points a post"] = _Case(tracker, 10 * few, 1, SMALL_RUN)
    return cases


async def _measure(
    cases: Mapping[tuple[str, str], _Case], postgres: PostgresServer, options: argparse.Namespace
) -> list[dict[str, Any]]:
    for case in cases.values():  # connections, caches and compiled statements of the first posts
        await case.carry_out(2, postgres.process)
        case.found.clear()
    for _ in range(options.rounds):
        for case in cases.values():
            await case.carry_out(options.connections, postgres.process)
    return [
        {
            "server": server,
            "posts": kind,
            "eventsPerPost": case.per_post,
            "pointsPerSecond": statistics.median(each["pointsPerSecond"] for each in case.found),
            "rounds": case.found,
        }
        for (server, kind), case in cases.items()
    ]


def _ratios(loads: list[dict[str, Any]]) -> dict[str, float]:
    """Return ours over the best of MLflow's, for posts of a size and for the best size of each."""
    ours = {each["posts"]: each["pointsPerSecond"] for each in loads if _is_ours(each)}
    best: dict[str, float] = {}
    for each in loads:
        if not _is_ours(each):
            best[each["posts"]] = max(best.get(each["posts"], 0.0), each["pointsPerSecond"])
    ratios = {kind: round(ours[kind] / theirs, 1) for kind, theirs in best.items()}
    return {**ratios, "best of each": round(max(ours.values()) / max(best.values()), 1)}


def _is_ours(load: Mapping[str, Any]) -> bool:
    return bool(load["server"] == "azuraforge")


def _print(document: Mapping[str, Any]) -> None:
    for load in document["loads"]:
        middle = {
            key: statistics.median(each[key] for each in load["rounds"])
            for key in (
                "p50PostMilliseconds", "serverCpuSecondsPerMillion", "databaseCpuSecondsPerMillion",
            )
        }  # fmt: skip
        print(
            f"{load['server']:18} {load['posts']:21} {load['pointsPerSecond']:10,.0f} points/s  "
            f"p50 {middle['p50PostMilliseconds']:7.1f} ms  CPU a million: "
            f"{middle['serverCpuSecondsPerMillion']:7.1f} s server, "
            f"{middle['databaseCpuSecondsPerMillion']:6.1f} s database"
        )
    for kind, ratio in document["ratios"].items():
        print(f"ours / MLflow, {kind}: {ratio:g}x (goal {GOAL:g}x)")


if __name__ == "__main__":
    main()
