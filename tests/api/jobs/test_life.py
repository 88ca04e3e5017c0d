"""Jobs that really run: from creation to the end, stopped, resumed, and followed."""

import asyncio
import json

import pytest

from azuraforge_api.jobs.event_stream import stream_events
from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.running import long_job, phase_of, submit, until, wait_for
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio

JOBS = "/api/v1/jobs"
EMBEDDED = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""What a test says of processes is the same on every database."""


def _messages(text: str) -> list[dict[str, str]]:
    """Return server-sent events as their fields; comments are none."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


async def _no_look() -> None:
    """The service looks at its own runs by itself."""


async def test_a_job_is_followed_to_its_end(service: Service) -> None:
    """Every event of the file is told once and in order, then the status that follows from them."""
    uid = await submit(service, job_document())
    answer = await service.viewer.get(f"{JOBS}/{uid}/events")  # ends with the job
    told = _messages(answer.text)
    events = [each for each in told if each["event"] == "run"]
    file = service.settings.runs_folder / uid / "events" / "0.jsonl"
    assert [each["data"] for each in events] == file.read_text().splitlines()
    last = json.loads([each for each in told if each["event"] == "status"][-1]["data"])
    assert last["phase"] == "Succeeded"
    job = (await service.viewer.get(f"{JOBS}/{uid}")).json()
    assert job["metadata"]["createdBy"] == "editor-token"
    assert job["metadata"]["finishTimestamp"] is not None
    middle = events[len(events) // 2]["id"]
    again = await service.viewer.get(f"{JOBS}/{uid}/events", headers={"Last-Event-ID": middle})
    rest = [each for each in _messages(again.text) if each["event"] == "run"]
    assert rest == events[len(events) // 2 + 1 :]
    files = {each["path"] for each in (await service.viewer.get(f"{JOBS}/{uid}/artifacts")).json()}
    assert {"model/model.safetensors", "report/report.html", "events/0.jsonl"} <= files
    assert (await service.viewer.get(f"{JOBS}/{uid}/logs", params={"follow": True})).text


@EMBEDDED
async def test_a_reader_who_comes_back_in_the_middle_misses_nothing(service: Service) -> None:
    """Streams that break while the job runs join to the whole story, each event once."""
    uid = await submit(service, long_job(epochs=40))
    seen: list[str] = []
    after = (0, -1)
    while True:
        stream = stream_events(service.database, service.app.state.feed, uid, after, look=_no_look)
        got = 0
        async for message in stream:
            fields = _messages(message.decode())
            if fields and fields[0]["event"] == "run":
                attempt, sequence = fields[0]["id"].split(".")
                after = (int(attempt), int(sequence))
                seen.append(fields[0]["data"])
                got += 1
            if got == 30:
                await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
                break
        else:
            break
    file = service.settings.runs_folder / uid / "events" / "0.jsonl"
    assert seen == file.read_text().splitlines()
    assert len(seen) > 100


@EMBEDDED
async def test_jobs_wait_for_one_another_and_heed_what_is_wanted(service: Service) -> None:
    """One place: the second waits; waiting and running jobs are suspended, resumed, cancelled."""
    first = await submit(service, long_job("first"))
    second = await submit(service, long_job("second"))
    await wait_for(service, first, "Running")
    assert await phase_of(service, second) == "Pending"
    change = await service.editor.patch(f"{JOBS}/{second}", json={"suspend": True})
    assert change.json()["status"]["phase"] == "Suspended"
    await service.editor.patch(f"{JOBS}/{second}", json={"suspend": False})
    third = await submit(service, long_job("third"))
    change = await service.editor.patch(f"{JOBS}/{third}", json={"cancel": True})
    assert change.json()["status"]["phase"] == "Cancelled"
    await service.editor.patch(f"{JOBS}/{first}", json={"suspend": True})
    await wait_for(service, first, "Suspended")
    await wait_for(service, second, "Running")  # it has the place now
    await service.editor.patch(f"{JOBS}/{first}", json={"suspend": False})
    assert (await service.editor.delete(f"{JOBS}/{second}")).status_code == 204
    await wait_for(service, second, "Cancelled")
    await until(lambda: _has_checkpoint(service, first))
    await service.editor.patch(f"{JOBS}/{first}", json={"cancel": True})
    await wait_for(service, first, "Cancelled")
    retry = await service.editor.post(f"{JOBS}/{first}/retry", json={"name": "again"})
    assert retry.json()["spec"]["resumeFrom"] == first
    uid = retry.json()["metadata"]["uid"]

    async def goes_on() -> bool:
        job = (await service.viewer.get(f"{JOBS}/{uid}")).json()
        assert job["status"].get("phase") not in {"Failed", "Succeeded"}, job["status"]
        return int((job["status"].get("progress") or {}).get("step") or 0) > 0

    await until(goes_on)
    begin = (service.settings.runs_folder / uid / "events" / "0.jsonl").read_text().splitlines()[1]
    assert json.loads(begin)["resumedFromStep"] > 0
    assert (await service.editor.delete(f"{JOBS}/{uid}")).status_code == 204
    await wait_for(service, uid, "Cancelled")


async def _has_checkpoint(service: Service, uid: str) -> bool:
    job = (await service.viewer.get(f"{JOBS}/{uid}")).json()
    return bool(job["status"].get("checkpoint"))


@EMBEDDED
async def test_a_resume_at_the_very_end_of_a_suspension_is_heeded(service: Service) -> None:
    """Whenever `suspend: false` comes, the job goes on: no change falls between two looks."""
    uid = await submit(service, long_job())
    await wait_for(service, uid, "Running")
    for pause in (0.0, 0.05, 0.3):
        await service.editor.patch(f"{JOBS}/{uid}", json={"suspend": True})
        await asyncio.sleep(pause)  # somewhere in the trainer's last words
        await service.editor.patch(f"{JOBS}/{uid}", json={"suspend": False})
        await wait_for(service, uid, "Running")


@EMBEDDED
async def test_a_job_trains_on_what_was_uploaded(service: Service) -> None:
    """A data set is found by the trainer under its digest, and the model says so."""
    rows = [f"2024-01-{1 + h // 24:02d} {h % 24:02d}:00,{100 + h % 24 + h % 7}" for h in range(720)]
    answer = await service.editor.post(
        "/api/v1/datasets/load/versions",
        content="\n".join(["when,load", *rows, ""]).encode(),
        headers={"Content-Type": "text/csv"},
    )
    config = {
        "dataset": {"source": {"kind": "dataset", "name": "load"}},
        "window": {"lookback": 24, "horizon": 6},
        "model": {"kind": "dlinear"},
        "training": {"epochs": 1},
    }
    uid = await submit(service, job_document(pipeline="forecaster", config=config))
    await wait_for(service, uid, "Succeeded", "Failed")
    log = (await service.viewer.get(f"{JOBS}/{uid}/logs")).text
    assert await phase_of(service, uid) == "Succeeded", log
    manifest = (await service.viewer.get(f"{JOBS}/{uid}/artifacts/model/model.json")).text
    assert answer.json()["digest"] in manifest
