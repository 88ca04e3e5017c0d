"""Jobs: create them, look at them, change them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from azuraforge_client.calls import API, Call, Listing, Route, nothing, parsed_as
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource, Transfer
from azuraforge_client.pages import in_camel_case, listing
from azuraforge_client.resources.job_documents import Job
from azuraforge_client.resources.job_events import follow_events
from azuraforge_client.resources.job_files import download_artifact, list_artifacts, read_logs

__all__ = ["AsyncJobs", "JobFilter", "Jobs"]

_JOBS: Final = f"{API}/jobs"
_LIST: Final = Route("GET", _JOBS)
_CREATE: Final = Route("POST", _JOBS)
_GET: Final = Route("GET", f"{_JOBS}/{{job}}")
_CHANGE: Final = Route("PATCH", f"{_JOBS}/{{job}}", is_repeatable=True)
_DELETE: Final = Route("DELETE", f"{_JOBS}/{{job}}")
_RETRY: Final = Route("POST", f"{_JOBS}/{{job}}/retry")
_CLONE: Final = Route("POST", f"{_JOBS}/{{job}}/clone")


class JobFilter(TypedDict, total=False):
    """Which jobs a list shows, and in which order."""

    phase: list[str]
    """Any of these."""
    pipeline: str
    """Of this plugin."""
    created_by: str
    """Of this owner."""
    namespace: str
    """In this namespace."""
    text: str
    """A part of the name."""
    label: list[str]
    """NAME=VALUE, all of them."""
    created_after: datetime
    """Not older; with a time zone."""
    created_before: datetime
    """Older; with a time zone."""
    sort: str
    """-created, created or name."""
    limit: int
    """Jobs of a page; all pages are gone through in any case."""


def list_jobs(**wanted: Unpack[JobFilter]) -> Listing[Job]:
    """Go through jobs, also those whose objects are gone; the newest first."""
    return listing(_LIST, Job, wanted)


def get_job(job: str, *, namespace: str | None = None) -> Call[Job]:
    """Return a job by its uid, or the newest of that name."""
    return Call(_GET, _GET.address(job=job), parsed_as(Job), query={"namespace": namespace})


def create_job(document: Mapping[str, Any] | str) -> Call[Job]:
    """Create a job from a job file, as an object or as the text of one, JSON or YAML."""
    if isinstance(document, str):
        headers = {"Content-Type": "application/yaml"}
        return Call(_CREATE, _JOBS, parsed_as(Job), content=document, headers=headers)
    return Call(_CREATE, _JOBS, parsed_as(Job), json=dict(document))


def suspend_job(
    job: str, *, namespace: str | None = None, if_match: str | None = None
) -> Call[Job]:
    """Stop a job at a checkpoint."""
    return _change(job, namespace, if_match, {"suspend": True})


def resume_job(job: str, *, namespace: str | None = None, if_match: str | None = None) -> Call[Job]:
    """Let a suspended job go on."""
    return _change(job, namespace, if_match, {"suspend": False})


def cancel_job(job: str, *, namespace: str | None = None, if_match: str | None = None) -> Call[Job]:
    """End a job for good."""
    return _change(job, namespace, if_match, {"cancel": True})


def delete_job(job: str, *, namespace: str | None = None) -> Call[None]:
    """Delete a job's object, processes and pods; its history and its model stay."""
    return Call(_DELETE, _DELETE.address(job=job), nothing, query={"namespace": namespace})


def retry_job(
    job: str,
    *,
    name: str | None = None,
    config: Mapping[str, Any] | None = None,
    namespace: str | None = None,
) -> Call[Job]:
    """Create a new job that goes on from this one's checkpoint.

    Args:
        job: uid or name of a job that has ended.
        name: of the new one; None: the old one's with the next free number.
        config: merged into the old config; None as a value takes a field out.
        namespace: where a name is looked for.
    """
    body = in_camel_case({"name": name, "config": config})
    address = _RETRY.address(job=job)
    return Call(_RETRY, address, parsed_as(Job), query={"namespace": namespace}, json=body)


def clone_job(
    job: str,
    *,
    name: str | None = None,
    config: Mapping[str, Any] | None = None,
    namespace: str | None = None,
) -> Call[Job]:
    """Create a new job like this one, with changes, that starts from the beginning.

    Args:
        job: uid or name.
        name: of the new one; None: the old one's with the next free number.
        config: merged into the old config; None as a value takes a field out.
        namespace: where a name is looked for.
    """
    body = in_camel_case({"name": name, "config": config})
    address = _CLONE.address(job=job)
    return Call(_CLONE, address, parsed_as(Job), query={"namespace": namespace}, json=body)


def _change(
    job: str, namespace: str | None, if_match: str | None, change: Mapping[str, bool]
) -> Call[Job]:
    headers = {} if if_match is None else {"If-Match": if_match}
    query = {"namespace": namespace}
    address = _CHANGE.address(job=job)
    return Call(_CHANGE, address, parsed_as(Job), query=query, json=dict(change), headers=headers)


class _Jobs:
    list = Iteration(list_jobs)
    get = Operation(get_job)
    create = Operation(create_job)
    suspend = Operation(suspend_job)
    resume = Operation(resume_job)
    cancel = Operation(cancel_job)
    delete = Operation(delete_job)
    retry = Operation(retry_job)
    clone = Operation(clone_job)
    events = Iteration(follow_events)
    logs = Iteration(read_logs)
    artifacts = Operation(list_artifacts)
    download_artifact = Transfer(download_artifact)


class Jobs(_Jobs, Resource):
    """Jobs, for the blocking client."""


class AsyncJobs(_Jobs, AsyncResource):
    """Jobs, for the asynchronous client."""
