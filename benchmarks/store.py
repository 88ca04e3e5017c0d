"""How long lists, jobs and series take to answer with 10,000 runs and fifty million points stored.

    PYTHONPATH=tests/harness .venv/bin/python -m benchmarks.store

Fills a PostgreSQL server of its own with jobs and with series packed by the store's own code, lets
it analyze its tables, and starts ``azuraforge up`` on it. Then asks over HTTP: each request in
turn, round by round, every answer checked to be a success with something in it. The plan of every
statement that an answer took is logged by PostgreSQL itself, with the time that it really took and
the pages that it read. Takes some eight minutes and 3 GB in the folder for temporary files;
``--runs 500 --points 1000000 --requests 20`` tries it in one minute. Keeps figures in
``benchmarks/results/store.json`` and plans in ``benchmarks/results/store_plans.md``.
"""

import argparse
import asyncio
import datetime as dt
import functools
import gc
import json
import math
import os
import platform
import secrets
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import httpx
from benchmarks.local_server import cpu_model, free_port, serve
from benchmarks.store_filling import Stored, fill_store
from benchmarks.store_plans import logged_plans, write_plans
from benchmarks.store_requests import MAY_BE_EMPTY, requests_of

from azuraforge_api_harness.postgres_server import PostgresServer, find_programs

RESULTS: Final = Path(__file__).parent / "results" / "store.json"
PLANS: Final = Path(__file__).parent / "results" / "store_plans.md"
GOAL_MILLISECONDS: Final = 50.0
_EMPTY_BYTES: Final = 60
SERVER: Final = {
    "shared_buffers": "1GB",
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
}
"""As a person would set it up; no plan is logged until it is asked for."""


def main() -> None:
    """Fill, measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description="p99 of lists, jobs and series in a full store.")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--points", type=int, default=50_000_000)
    parser.add_argument("--requests", type=int, default=500, help="of each kind")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--plans", type=Path, default=PLANS)
    options = parser.parse_args()
    programs = find_programs()
    if programs is None:
        sys.exit("PostgreSQL is not installed (Debian: apt-get install postgresql).")
    with tempfile.TemporaryDirectory(prefix="azf-store-") as scratch, ExitStack() as servers:
        folder = Path(scratch)
        folder.chmod(0o755)  # the database server's own user goes through it
        postgres = PostgresServer.start(programs, folder / "pg", SERVER)
        servers.callback(postgres.stop)
        url = postgres.create_database("full")
        began = time.monotonic()
        stored = asyncio.run(fill_store(url, runs=options.runs, points=options.points))
        print(f"Filled in {time.monotonic() - began:.0f} s.", flush=True)
        port, token = free_port(), secrets.token_urlsafe(32)
        environment = {"AZURAFORGE_ADMIN_TOKEN": token, "AZURAFORGE_DATABASE_URL": url}
        command = [sys.executable, "-m", "azuraforge_cli", "up"]
        command += ["--data", str(folder / "data"), "--port", str(port)]
        address = f"http://127.0.0.1:{port}"
        servers.enter_context(serve(command, environment, f"{address}/readyz"))
        with httpx.Client(
            base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
        ) as client:
            found = _measure(client, stored, options.requests)
            plans = _plans(client, postgres, stored)
    document = _document(stored, found)
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    write_plans(options.plans, plans)
    _print(document)


def _measure(client: httpx.Client, stored: Stored, count: int) -> dict[str, list[float]]:
    """Return milliseconds of each request by kind, ascending; the kinds take turns."""
    kinds = requests_of(stored, count)
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for name, paths in kinds.items():  # connections and compiled statements of the first ones
        for path in paths[:5]:
            _ask(client, name, path)
    gc.freeze()  # what was stored from here: its look-through would count as the service's time
    for number in range(count):
        for name, paths in kinds.items():
            began = time.perf_counter()
            _ask(client, name, paths[number % len(paths)])
            found[name].append((time.perf_counter() - began) * 1000)
    return {name: sorted(taken) for name, taken in found.items()}


def _ask(client: httpx.Client, name: str, path: str) -> None:
    answer = client.get(path)
    is_empty = len(answer.content) < _EMPTY_BYTES and name not in MAY_BE_EMPTY
    if not answer.is_success or is_empty:
        sys.exit(f"{name}: {path} answers {answer.status_code} {answer.text[:500]}")


def _plans(client: httpx.Client, postgres: PostgresServer, stored: Stored) -> dict[str, list[str]]:
    """Return the plans of one request of each kind."""
    paths = {name: paths[0] for name, paths in requests_of(stored, 1).items()}
    return {
        name: logged_plans(postgres, "full", functools.partial(client.get, path))
        for name, path in paths.items()
    }


def _document(stored: Stored, found: dict[str, list[float]]) -> dict[str, Any]:
    return {
        "formatVersion": 1,
        "measuredAt": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": cpu_model(), "cores": os.cpu_count(), "python": platform.python_version(),
        },
        "loadAverage": os.getloadavg()[0],
        "runs": len(stored.uids),
        "points": stored.points,
        "bytesPerPoint": {
            name: round(size / stored.points, 2) for name, size in stored.table_bytes.items()
        },
        "bytesPerPointInAll": round(sum(stored.table_bytes.values()) / stored.points, 2),
        "requests": {
            name: {
                "count": len(taken),
                "p50Milliseconds": round(statistics.median(taken), 2),
                "p99Milliseconds": round(taken[math.ceil(0.99 * len(taken)) - 1], 2),
                "worstMilliseconds": round(taken[-1], 2),
            }
            for name, taken in found.items()
        },
    }  # fmt: skip


def _print(document: dict[str, Any]) -> None:
    print(f"{document['runs']:,} runs, {document['points']:,} points")
    sizes = ", ".join(f"{name} {size:g}" for name, size in document["bytesPerPoint"].items())
    print(f"bytes a point: {document['bytesPerPointInAll']:g} ({sizes})")
    for name, figures in document["requests"].items():
        verdict = "" if figures["p99Milliseconds"] <= GOAL_MILLISECONDS else "  over the goal"
        print(
            f"{name:36} p50 {figures['p50Milliseconds']:7.2f} ms  "
            f"p99 {figures['p99Milliseconds']:7.2f} ms  "
            f"(goal {GOAL_MILLISECONDS:g} ms){verdict}"
        )


if __name__ == "__main__":
    main()
