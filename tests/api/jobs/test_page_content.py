"""A page of the list and the address of one job tell the same of a job."""

import pytest

from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api_harness.jobs import job_document, stored_job
from azuraforge_api_harness.service import Service
from azuraforge_contract.training_job import parse_training_job

pytestmark = pytest.mark.anyio
JOBS = "/api/v1/jobs"


async def _as_one_by_one(service: Service) -> list[object]:
    listed = (await service.viewer.get(JOBS)).json()["items"]
    single = [
        (await service.viewer.get(f"{JOBS}/{each['metadata']['uid']}")).json() for each in listed
    ]
    assert listed == single
    return single


async def test_a_list_says_what_a_job_says_of_itself(service: Service) -> None:
    """New, ended, deleted and published jobs read alike in the list and by themselves."""
    await stored_job(service, "fresh")
    gone = await stored_job(service, "gone")
    await JobMirror(service.database, service.app.state.feed).mark_gone(gone, has_ended=True)
    uid = await stored_job(service, "done", seed=7)
    job = parse_training_job(job_document("done", seed=7))
    metadata = job.metadata.model_copy(update={"uid": uid, "labels": {"team": "Ærø ☃ 雪"}})
    status = {
        "phase": "Succeeded",
        "completionTime": "2026-01-01T10:00:00.250000Z",
        "progress": {"loss": 1e-9, "step": 2**60},
        "conditions": [{"type": "Published", "status": "Unknown", "reason": "", "message": ""}],
    }
    mirror = JobMirror(service.database, service.app.state.feed)
    await mirror.record(job.model_copy(update={"metadata": metadata, "status": status}))
    async with service.database.write() as session:
        row = await service.job(session, uid)
        row.publication = {
            "model": {"name": "done", "version": 1},
            "condition": {"status": "True", "reason": "Registered", "message": "Version 1."},
        }
    found = {each["metadata"]["name"]: each for each in await _as_one_by_one(service)}  # type: ignore[index]
    assert found["done"]["status"]["model"] == {"name": "done", "version": 1}  # type: ignore[index]
    assert found["fresh"]["status"]["phase"] == "Pending"  # type: ignore[index]
    assert found["gone"]["metadata"]["deletionTimestamp"] is not None  # type: ignore[index]
