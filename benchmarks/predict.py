"""One-window forecasts over HTTP: ours against ``mlflow models serve`` with the same weights.

    python -m benchmarks.predict --mlflow .venv-bench/bin

Trains a small DLinear, serves it with ``azuraforge up`` and, written as an MLflow model by
``predict_mlflow.py``, with ``mlflow models serve``; checks that both forecast the same, then loads
them in turn, round by round. Keeps all figures in ``benchmarks/results/predict.json``. Ours take
rows with time stamps, check them, and answer with intervals and time stamps; MLflow's take and give
plain tensors.
"""

import argparse
import asyncio
import datetime as dt
import io
import json
import math
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from benchmarks.local_server import cpu_model, free_port, serve, version_of
from benchmarks.predict_load import Endpoint, Load, run_load, send_once

RESULTS: Final = Path(__file__).parent / "results" / "predict.json"
LOOKBACK: Final = 96
HORIZON: Final = 24
WINDOWS: Final = 64
SAME_DEGREES: Final = 0.01
GOAL: Final = 10.0
JOB: Final = {
    "apiVersion": "azuraforge.io/v1alpha1",
    "kind": "TrainingJob",
    "metadata": {"name": "one-window"},
    "spec": {
        "pipeline": "weather-forecaster",
        "device": "cpu",
        "config": {
            "dataset": {
                "source": {"kind": "sample"}, "series": ["JFK"], "target_columns": ["temp"],
            },
            "window": {"lookback": LOOKBACK, "horizon": HORIZON},
            "model": {"kind": "dlinear"},
            "training": {"epochs": 1},
        },
    },
}  # fmt: skip


def main() -> None:
    """Measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description="Forecasts a second over HTTP.")
    parser.add_argument("--mlflow", type=Path, required=True, help="bin folder with mlflow in it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="of one load in a round")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1),
                        help="processes that forecast, on either side")  # fmt: skip
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.mlflow = options.mlflow.absolute()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as servers:
        folder = Path(scratch)
        run = _train(folder)
        ours = servers.enter_context(_azuraforge(folder, run, options.workers))
        model = _mlflow_model(folder, run, options.mlflow)
        mlflow = {
            f"mlflow, {workers} workers": servers.enter_context(
                _mlflow(model, options.mlflow, workers)
            )
            for workers in sorted({1, options.workers})
        }
        difference = asyncio.run(_difference(ours["rows"], mlflow["mlflow, 1 workers"]))
        if difference > SAME_DEGREES:
            sys.exit(f"The forecasts differ by {difference:g}: they are not of the same model.")
        endpoints = {**ours, **mlflow}
        loads = asyncio.run(_measure(endpoints, options))
    document = {
        "formatVersion": 1,
        "measuredAt": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": cpu_model(), "cores": os.cpu_count(), "python": platform.python_version(),
        },
        "mlflow": version_of(options.mlflow / "python", "mlflow"),
        "loadAverage": os.getloadavg()[0],
        "workers": options.workers,
        "lookback": LOOKBACK,
        "horizon": HORIZON,
        "largestDifference": difference,
        "loads": loads,
    }  # fmt: skip
    options.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    _print(loads)


def _train(folder: Path) -> Path:
    (folder / "job.yaml").write_text(yaml.safe_dump(JOB), encoding="utf-8")
    command = [sys.executable, "-m", "azuraforge_cli", "run", "-f", "job.yaml", "--out", "run"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return folder / "run"


def _windows() -> list[list[float]]:
    """Return windows in degrees Fahrenheit, no two alike."""
    return [
        [40 + 10 * math.sin((row + 3 * w) / 24 * 2 * math.pi) + w / 8 for row in range(LOOKBACK)]
        for w in range(WINDOWS)
    ]


@contextmanager
def _azuraforge(folder: Path, run: Path, workers: int) -> Iterator[dict[str, Endpoint]]:
    port, token = free_port(), secrets.token_urlsafe(32)
    environment = {
        "AZURAFORGE_ADMIN_TOKEN": token,
        "AZURAFORGE_PREDICTION_WORKERS": str(workers),
    }
    command = [sys.executable, "-m", "azuraforge_cli", "up"]
    command += ["--data", str(folder / "data"), "--port", str(port)]
    with serve(command, environment, f"http://127.0.0.1:{port}/readyz"):
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(
            f"http://127.0.0.1:{port}/api/v1/models/import",
            content=_zipped(run),
            headers={**headers, "Content-Type": "application/zip"},
            timeout=60,
        )
        answer.raise_for_status()
        path = "/api/v1/models/one-window/versions/1/predict"
        start = dt.datetime(2014, 3, 1, tzinfo=dt.UTC)
        stamps = [(start + dt.timedelta(hours=row)).isoformat() for row in range(LOOKBACK)]
        bodies = [
            json.dumps(
                {"history": [{"time": t, "temp": v} for t, v in zip(stamps, window, strict=True)]}
            ).encode()
            for window in _windows()
        ]
        bearer = f"Authorization: Bearer {token}\r\n"
        yield {
            "rows": Endpoint(port, f"{path}?record=false", bodies, bearer),
            "rows, recorded": Endpoint(port, path, bodies, bearer),
            "own history": Endpoint(port, f"{path}?record=false", [b"{}"], bearer),
        }


def _mlflow_model(folder: Path, run: Path, programs: Path) -> Path:
    model = folder / "mlflow-model"
    script = Path(__file__).with_name("predict_mlflow.py")
    command = [str(programs / "python"), str(script), str(run / "model"), str(model)]
    subprocess.run(  # noqa: S603 - our own command
        command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return model


@contextmanager
def _mlflow(model: Path, programs: Path, workers: int) -> Iterator[Endpoint]:
    port = free_port()
    command = [str(programs / "mlflow"), "models", "serve", "-m", str(model)]
    command += ["--env-manager", "local", "--port", str(port), "--workers", str(workers)]
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
    with serve(command, environment, f"http://127.0.0.1:{port}/ping"):
        bodies = [
            json.dumps({"inputs": [[[value] for value in window]]}).encode()
            for window in _windows()
        ]
        yield Endpoint(port, "/invocations", bodies)


def _zipped(run: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(run.rglob("*")):
            archive.write(path, path.relative_to(run))
    return buffer.getvalue()


async def _difference(ours: Endpoint, mlflow: Endpoint) -> float:
    """Return by how much the forecasts of the same windows differ at most."""
    largest = 0.0
    for number in range(0, WINDOWS, 7):
        answer = json.loads(await send_once(ours, number))
        found = answer["series"][0]["targets"][0]["values"]
        other = json.loads(await send_once(mlflow, number))["predictions"][0]
        pairs = zip(found, other, strict=True)
        largest = max(largest, *(abs(a - b[0]) for a, b in pairs))
    return largest


async def _measure(
    endpoints: dict[str, Endpoint], options: argparse.Namespace
) -> list[dict[str, Any]]:
    found: dict[tuple[str, int], list[Load]] = {}
    for endpoint in endpoints.values():  # caches, workers and connections of the first requests
        await run_load(endpoint, max(options.connections), min(2.0, options.seconds))
    for _ in range(options.rounds):
        for connections in options.connections:
            for name, endpoint in endpoints.items():
                load = await run_load(endpoint, connections, options.seconds)
                found.setdefault((name, connections), []).append(load)
    return [
        {
            "endpoint": name,
            "connections": connections,
            **Load(
                statistics.median(load.per_second for load in loads),
                tuple(sorted(value for load in loads for value in load.milliseconds)),
            ).document(),
            "rounds": [load.document() for load in loads],
        }
        for (name, connections), loads in found.items()
    ]


def _print(loads: list[dict[str, Any]]) -> None:
    best: dict[int, float] = {}
    for load in loads:
        if load["endpoint"].startswith("mlflow"):
            connections = load["connections"]
            best[connections] = max(best.get(connections, 0.0), load["perSecond"])
    for load in loads:
        gain = load["perSecond"] / best[load["connections"]]
        print(
            f"{load['endpoint']:17} {load['connections']:3} connections "
            f"{load['perSecond']:8.1f}/s  p50 {load['p50Milliseconds']:7.2f} ms  "
            f"p99 {load['p99Milliseconds']:7.2f} ms  {gain:5.1f}x (goal {GOAL:g}x)"
        )


if __name__ == "__main__":
    main()
