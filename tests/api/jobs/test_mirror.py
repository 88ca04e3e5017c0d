"""The table of jobs is what backends tell, whoever of them speaks last."""

import pytest

from azuraforge_api.jobs.mirror import Half, JobMirror
from azuraforge_api_harness.jobs import job_document, stored_job
from azuraforge_api_harness.service import Service
from azuraforge_contract.training_job import TrainingJob, parse_training_job

pytestmark = pytest.mark.anyio


def _job(uid: str, *, suspend: bool, phase: str) -> TrainingJob:
    job = parse_training_job(job_document(suspend=suspend))
    metadata = job.metadata.model_copy(update={"uid": uid})
    return job.model_copy(update={"metadata": metadata, "status": {"phase": phase}})


async def test_a_status_told_late_undoes_no_change(service: Service) -> None:
    """Whoever carries a job out may not have heard yet that it is resumed."""
    uid = await stored_job(service, suspend=True)
    mirror = JobMirror(service.database, service.app.state.feed)
    await mirror.record(_job(uid, suspend=False, phase="Pending"), half=Half.SPEC)
    await mirror.record(_job(uid, suspend=True, phase="Suspended"), half=Half.STATUS)
    job = (await service.viewer.get(f"/api/v1/jobs/{uid}")).json()
    assert (job["spec"]["suspend"], job["status"]["phase"]) == (False, "Suspended")


async def test_a_change_told_late_undoes_no_end(service: Service) -> None:
    """Whoever was asked for a change may have read the job's status before it ended."""
    uid = await stored_job(service)
    mirror = JobMirror(service.database, service.app.state.feed)
    await mirror.record(_job(uid, suspend=False, phase="Succeeded"), half=Half.STATUS)
    await mirror.record(_job(uid, suspend=True, phase="Running"), half=Half.SPEC)
    job = (await service.viewer.get(f"/api/v1/jobs/{uid}")).json()
    assert (job["spec"]["suspend"], job["status"]["phase"]) == (True, "Succeeded")
