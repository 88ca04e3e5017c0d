"""What lies in a service before it is fuzzed, so that requests find something."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.trained_run import TrainedRun

__all__ = ["Seeds", "plant"]

_HOURS = 240


@dataclass(frozen=True)
class Seeds:
    """What was planted.

    Attributes:
        run: uid of a finished run, which made version 1 of model ``night``.
        job: uid of a job that waits.
        prediction: identity of a forecast.
    """

    run: str
    job: str
    prediction: str


def plant(client: httpx.Client, trained: TrainedRun) -> Seeds:
    """Fill a service with one of everything, by its own API."""

    def post(path: str, **request: Any) -> Any:
        answer = client.post(f"/api/v1/{path}", **request)
        assert answer.is_success, answer.text
        return answer.json()

    imported = post(
        "models/import",
        params={"model": "night", "alias": "champion"},
        content=_zipped(trained.folder),
        headers={"Content-Type": "application/zip"},
    )
    for name in ("load", "doomed"):
        csv = {"Content-Type": "text/csv"}
        post(f"datasets/{name}/versions", content=_table(), headers=csv)
    job = post("jobs", json=job_document("waiting"))
    forecast = post("models/night/versions/1/predict", json={"horizon": 1})
    return Seeds(imported["run"], job["metadata"]["uid"], forecast["id"])


def _table() -> bytes:
    lines = [f"2024-01-{1 + h // 24:02d} {h % 24:02d}:00,{100 + h % 24}.5" for h in range(_HOURS)]
    return "\n".join(["when,load (MW)", *lines, ""]).encode()


def _zipped(run: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in run.rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(run).as_posix())
    return buffer.getvalue()
