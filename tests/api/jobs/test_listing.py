"""The list of jobs: filters, orders, pages; entity tags; names."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from azuraforge_api.http.paging import encode_token
from azuraforge_api.jobs.mirror import CREATED_BY, JobMirror
from azuraforge_api.jobs.schemas import JobSort
from azuraforge_api_harness.jobs import job_document, stored_job
from azuraforge_api_harness.service import Service
from azuraforge_contract.training_job import parse_training_job

pytestmark = pytest.mark.anyio

JOBS = "/api/v1/jobs"
PHASES = ("Pending", "Running", "Succeeded", "Failed")


async def _many_jobs(service: Service, count: int) -> None:
    """Record jobs that differ in everything a list is filtered by; some of the same second."""
    dice = random.Random(7)  # noqa: S311 - an arrangement, not a secret
    mirror = JobMirror(service.database, service.app.state.feed)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(count):
        job = parse_training_job(job_document(f"job-{dice.choice('abc')}-{number}"))
        at = began + timedelta(seconds=dice.randrange(count // 2))
        metadata = job.metadata.model_copy(
            update={
                "uid": f"uid-{number}",
                "creation_timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "namespace": dice.choice(["default", "night"]),
                "labels": {"team": dice.choice(["red", "blue"]), "a.b/c": "x"},
                "annotations": {CREATED_BY: dice.choice(["ada", "bob"])},
            }
        )
        status = {"phase": dice.choice(PHASES)}
        await mirror.record(job.model_copy(update={"metadata": metadata, "status": status}))


async def _all_pages(service: Service, **query: str | int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    page: dict[str, str] = {}
    while True:
        answer = await service.viewer.get(JOBS, params={**query, **page})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        page = {"page": answer.json()["next"]}


async def test_pages_joined_are_the_whole_list_in_order(service: Service) -> None:
    """Whatever the order and the size of a page, each job stands once, in its place."""
    await _many_jobs(service, 40)
    for sort in JobSort:
        whole = await _all_pages(service, sort=sort.value, limit=500)
        assert len({each["metadata"]["uid"] for each in whole}) == 40  # type: ignore[index]
        for limit in (1, 7, 39, 40, 41):
            assert await _all_pages(service, sort=sort.value, limit=limit) == whole
    times = [each["metadata"]["creationTimestamp"] for each in await _all_pages(service)]  # type: ignore[index]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("query", "path", "value"),
    [
        ({"phase": "Running"}, ("status", "phase"), "Running"),
        ({"createdBy": "ada"}, ("metadata", "createdBy"), "ada"),
        ({"namespace": "night"}, ("metadata", "namespace"), "night"),
        ({"label": "team=red"}, ("metadata", "labels", "team"), "red"),
        ({"label": "a.b/c=x"}, ("metadata", "labels", "a.b/c"), "x"),
        ({"pipeline": "weather-forecaster"}, ("spec", "pipeline"), "weather-forecaster"),
    ],
)
async def test_a_filter_keeps_exactly_what_fits(
    service: Service, query: dict[str, str], path: tuple[str, ...], value: str
) -> None:
    """Filtering in the database is the same as looking at every job."""

    def fits(job: object) -> bool:
        for name in path:
            job = job[name]  # type: ignore[index]
        return job == value

    await _many_jobs(service, 30)
    whole = await _all_pages(service)
    assert await _all_pages(service, limit=4, **query) == [job for job in whole if fits(job)]


async def test_text_and_time_narrow_the_list(service: Service) -> None:
    """A part of the name in any case; from a moment on, up to another one; marks are no marks."""
    await _many_jobs(service, 30)
    found = await _all_pages(service, text="JOB-A")
    assert found
    assert all(each["metadata"]["name"].startswith("job-a") for each in found)  # type: ignore[index]
    assert await _all_pages(service, text="%") == []
    middle = "2026-01-01T00:00:07Z"
    later = await _all_pages(service, createdAfter=middle)
    earlier = await _all_pages(service, createdBefore=middle)
    assert later + earlier == await _all_pages(service)


@pytest.mark.parametrize(
    "query",
    [
        {"page": "nonsense"},
        {"page": encode_token("-created", ["2026-01-01", 1])},
        {"page": encode_token("-created", ["2026-01-01T00:00:00+00:00", 10**30])},
        {"page": encode_token("name", ["a", 1])},
        {"limit": "501"},
        {"label": "no-sign"},
        {"phase": "Happy"},
        {"colour": "red"},
        {"createdAfter": "2026-01-01T00:00:00"},
    ],
)
async def test_a_query_that_means_nothing_is_refused(
    service: Service, query: dict[str, str]
) -> None:
    """Nothing is ignored silently, and no token is ever a failure of ours."""
    answer = await service.viewer.get(JOBS, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_a_name_means_the_newest_job_of_it(service: Service) -> None:
    """A uid is one job for ever; a name is its newest, in a namespace where one is named."""
    old, new = await stored_job(service), await stored_job(service)
    for reference, uid in ((old, old), (new, new), ("night", new)):
        answer = await service.viewer.get(f"{JOBS}/{reference}")
        assert answer.json()["metadata"]["uid"] == uid
    answer = await service.viewer.get(f"{JOBS}/night", params={"namespace": "other"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert "in namespace other" in answer.json()["detail"]


async def test_a_change_decided_on_an_older_state_is_refused(service: Service) -> None:
    """`If-Match` with another version than the present one changes nothing."""
    answer = await service.editor.post(JOBS, json=job_document(suspend=True))
    url = f"{JOBS}/{answer.json()['metadata']['uid']}"
    tag = (await service.viewer.get(url)).headers["etag"]
    stale = {"If-Match": '"999"'}
    refused = await service.editor.patch(url, json={"cancel": True}, headers=stale)
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert (await service.editor.delete(url, headers=stale)).status_code == 412
    assert answer.headers["etag"] == tag
    done = await service.editor.patch(url, json={"cancel": True}, headers={"If-Match": tag})
    assert done.headers["etag"] == (await service.viewer.get(url)).headers["etag"] != tag
    assert done.json()["status"]["phase"] == "Cancelled"
    again = await service.editor.patch(url, json={"suspend": True})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_a_name_is_taken_until_its_job_has_ended(service: Service) -> None:
    """Two unfinished jobs of one name would be one name for two things."""
    first = await service.editor.post(JOBS, json=job_document(suspend=True))
    taken = await service.editor.post(JOBS, json=job_document(suspend=True))
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
    assert (await service.viewer.get(JOBS)).json()["next"] is None
    assert (await service.editor.delete(f"{JOBS}/night")).status_code == 204
    gone = (await service.viewer.get(f"{JOBS}/{first.json()['metadata']['uid']}")).json()
    assert gone["metadata"]["deletionTimestamp"] is not None
    assert gone["status"]["phase"] == "Cancelled"
    assert (await service.editor.post(JOBS, json=job_document(suspend=True))).status_code == 201
    refused = await service.editor.patch(f"{JOBS}/{gone['metadata']['uid']}", json={"suspend": 0})
    assert refused.status_code in {409, 422}


async def test_a_clone_changes_what_is_asked_for(service: Service) -> None:
    """A clone starts from the beginning under the next free name; null takes a field out."""
    document = job_document(suspend=True, seed=7)
    await service.editor.post(JOBS, json=document)
    change = {"config": {"training": {"epochs": 3}, "window": None}}
    clone = (await service.editor.post(f"{JOBS}/night/clone", json=change)).json()
    assert clone["metadata"]["name"] == "night-2"
    assert clone["spec"]["config"]["training"] == {"epochs": 3}
    assert "window" not in clone["spec"]["config"]
    assert (clone["spec"]["seed"], clone["spec"]["resumeFrom"]) == (7, None)
    assert clone["spec"]["suspend"] is False
    await service.editor.delete(f"{JOBS}/night-2")
    retry = await service.editor.post(f"{JOBS}/night/retry")
    assert (retry.status_code, retry.json()["code"]) == (409, "conflict")


async def test_a_retry_of_what_never_saved_anything_starts_afresh(service: Service) -> None:
    """Without a checkpoint there is nothing to go on from; the new job is valid all the same."""
    await service.editor.post(JOBS, json=job_document(suspend=True))
    await service.editor.patch(f"{JOBS}/night", json={"cancel": True})
    retry = await service.editor.post(f"{JOBS}/night/retry")
    assert (retry.status_code, retry.json()["spec"]["resumeFrom"]) == (201, None)
    await service.editor.delete(f"{JOBS}/night-2")
