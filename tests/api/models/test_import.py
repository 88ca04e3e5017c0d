"""Runs trained elsewhere come into the library as zip files, of which nothing is believed."""

import io
import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun

pytestmark = pytest.mark.anyio

IMPORT = "/api/v1/models/import"
ZIP = {"Content-Type": "application/zip"}


def zipped(run: Path, prefix: str = "", changed: Mapping[str, bytes | None] | None = None) -> bytes:
    """Return a run's folder as a zip file, some of its files changed or left out."""
    contents: dict[str, bytes | None] = {
        path.relative_to(run).as_posix(): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file()
    }
    contents |= changed or {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(prefix + name, content)
    return buffer.getvalue()


async def _send(service: Service, content: bytes, **query: str) -> httpx.Response:
    return await service.editor.post(IMPORT, content=content, headers=ZIP, params=query)


async def test_a_run_is_imported_with_its_model_report_and_curves(
    service: Service, trained: TrainedRun
) -> None:
    """What was trained elsewhere is listed, forecast with and drawn like a run of our own."""
    answer = await _send(service, zipped(trained.folder, "night-1/"), model="far", alias="champion")
    assert answer.status_code == 201, answer.text
    version = answer.json()
    assert (version["model"], version["version"], version["run"]) == ("far", 1, trained.uid)
    assert (version["aliases"], version["createdBy"]) == (["champion"], "editor-token")
    url = "/api/v1/models/far/versions/champion"
    assert (await service.editor.post(f"{url}/predict")).status_code == 200
    assert (await service.viewer.get(f"{url}/report")).status_code == 200
    metrics = (await service.viewer.get(f"/api/v1/runs/{trained.uid}/metrics")).json()
    assert "train.loss" in {each["name"] for each in metrics}
    job = (await service.viewer.get(f"/api/v1/jobs/{trained.uid}")).json()
    assert job["status"]["phase"] == "Succeeded"
    assert job["status"]["model"] == {"name": "far", "version": 1}
    again = await _send(service, zipped(trained.folder))
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "version 1 of far" in again.json()["detail"]
    assert not list(service.settings.runs_folder.glob(".incoming-*"))


async def test_an_imported_run_is_never_started(service: Service, trained: TrainedRun) -> None:
    """Whatever its files say, nothing of it runs when the service starts again."""
    status = json.loads((trained.folder / "status.json").read_bytes())
    status["phase"] = "Running"
    refused = await _send(service, _with(trained, "status.json", status))
    assert (refused.status_code, refused.json()["code"]) == (422, "data-error")
    assert "The run is Running" in refused.json()["detail"]
    assert (await _send(service, zipped(trained.folder, changed={"status.json": None}))).is_success
    await service.app.state.backend.start()
    job = (await service.viewer.get(f"/api/v1/jobs/{trained.uid}")).json()
    assert job["status"]["phase"] == "Succeeded"
    assert not (service.settings.runs_folder / trained.uid / "attempts").exists()


def _with(trained: TrainedRun, name: str, document: Any) -> bytes:
    return zipped(trained.folder, changed={name: json.dumps(document).encode()})


def _job(trained: TrainedRun, **metadata: Any) -> bytes:
    document = json.loads((trained.folder / "job.json").read_bytes())
    document["metadata"].update(metadata)
    return _with(trained, "job.json", document)


def _event(trained: TrainedRun) -> bytes:
    event = {"type": "started", "run": "another", "attempt": 0, "sequence": 0,
             "time": "2026-01-01T00:00:00Z"}  # fmt: skip
    line = json.dumps(event).encode() + b"\n"
    return zipped(trained.folder, changed={"events/0.jsonl": line})


def _link(trained: TrainedRun) -> bytes:
    buffer = io.BytesIO(zipped(trained.folder, changed={"report/report.html": None}))
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo("report/report.html")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def _cut(trained: TrainedRun) -> bytes:
    whole = bytearray(zipped(trained.folder))
    middle = whole.find(b"model/model.safetensors") + 2000
    whole[middle : middle + 64] = b"\xff" * 64
    return bytes(whole)


BAD: list[tuple[Callable[[TrainedRun], bytes], int, str, str]] = [
    (lambda _: b"no zip", 422, "data-error", "no readable zip file"),
    (lambda _: b"", 422, "data-error", "no readable zip file"),
    (lambda t: zipped(t.folder)[:-30], 422, "data-error", "no readable zip file"),
    (_cut, 422, "data-error", "no readable zip file"),
    (lambda t: zipped(t.folder, changed={"job.json": None}), 422, "data-error", "no job.json"),
    (lambda t: zipped(t.folder, "a/b/"), 422, "data-error", "no job.json"),
    (lambda t: zipped(t.folder, changed={"../../x": b""}), 422, "data-error", "leads out"),
    (lambda t: zipped(t.folder, changed={"/etc/x": b""}), 422, "data-error", "leads out"),
    (lambda t: zipped(t.folder, changed={"a\\..\\x": b""}), 422, "data-error", "leads out"),
    (_link, 422, "data-error", "which is a link"),
    (lambda t: _job(t, uid="../../etc"), 422, "data-error", "metadata.uid"),
    (lambda t: _job(t, uid="11111111"), 422, "data-error", "expected a UUID"),
    (lambda t: _job(t, name="No Name!"), 422, "data-error", "metadata.name"),
    (lambda t: _job(t, labels={"a": "\0"}), 422, "data-error", "NUL"),
    (lambda t: zipped(t.folder, changed={"job.json": b"{"}), 422, "data-error", "cannot be read"),
    (lambda t: zipped(t.folder, changed={"model/model.json": None}), 422, "data-error",
     "not whole"),
    (lambda t: zipped(t.folder, changed={"model/model.safetensors": b"x"}), 422, "data-error",
     "checksum"),
    (_event, 422, "invalid-request", "run another"),
]  # fmt: skip


async def test_archives_that_are_no_run_are_refused(service: Service, trained: TrainedRun) -> None:
    """Each mistake or attack has a status, a code and a sentence, and leaves nothing behind."""
    for build, status, code, sentence in BAD:
        answer = await _send(service, build(trained))
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert sentence in answer.json()["detail"], answer.text
    answer = await service.editor.post(IMPORT, content=b"x", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 415
    assert (await service.viewer.post(IMPORT, content=b"x", headers=ZIP)).status_code == 403
    assert not list(service.settings.runs_folder.iterdir())
    assert not list(service.settings.library_folder.glob("incoming/*"))
    assert (await service.viewer.get("/api/v1/models")).json()["items"] == []


async def test_a_decompression_bomb_is_defused(service: Service, trained: TrainedRun) -> None:
    """What unpacks to more than may be uploaded is given up at that size, whatever it declares."""
    object.__setattr__(service.settings, "maximum_upload_bytes", 8 * 1024 * 1024)
    bomb = zipped(trained.folder, changed={"report/report.html": b"\0" * (9 * 1024 * 1024)})
    assert len(bomb) < 2 * 1024 * 1024
    answer = await _send(service, bomb)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert "unpacks to more than 8388608 bytes" in answer.json()["detail"]
    assert not list(service.settings.runs_folder.iterdir())
