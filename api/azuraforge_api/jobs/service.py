"""What one can do with jobs; called by the endpoints, carried out by the backend."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.backends.backend import Backend, SpecChange
from azuraforge_api.jobs.links import job_links
from azuraforge_api.jobs.mirror import CREATED_BY
from azuraforge_api.jobs.repository import (
    JobFilter,
    ListedJob,
    find_job,
    find_job_by_name,
    names_like,
)
from azuraforge_api.jobs.reserved import find_reserved
from azuraforge_api.jobs.schemas import JobChange, JobMetadata, JobQuery, JobResource, NewRun
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.problems.problem import FieldProblem, Problem
from azuraforge_contract.status import ConditionType
from azuraforge_contract.training_job import TrainingJob, find_problems
from azuraforge_contract.yaml_loader import JsonValue

__all__ = [
    "change_job",
    "filter_of",
    "find_mistakes",
    "get_job",
    "invalid_job",
    "merged",
    "new_document",
    "parse_job",
    "resource_of",
    "status_of",
]

_TERMINAL = frozenset({"Succeeded", "Failed", "Cancelled"})


async def get_job(session: AsyncSession, reference: str, namespace: str | None = None) -> JobRow:
    """Return a job by its uid, else the newest of that name.

    Raises:
        Problem: there is none.
    """
    row = await find_job(session, reference)
    row = row or await find_job_by_name(session, reference, namespace)
    if row is None:
        where = f" in namespace {namespace}" if namespace else ""
        raise Problem(
            "not-found",
            f"No job has the uid or name {reference!r}{where}.",
            remedy="`azuraforge jobs list`, or GET /api/v1/jobs, shows those that there are.",
        )
    return row


def find_mistakes(document: Mapping[str, JsonValue]) -> list[FieldProblem]:
    """Return what is wrong with a document that was sent by REST, whatever its pipeline says.

    Among it is what only the command line or kubectl may name.
    """
    found = [FieldProblem.of(mistake) for mistake in find_problems(dict(document))]
    spec = document.get("spec")
    return [*found, *(find_reserved(spec) if isinstance(spec, dict) else ())]


def parse_job(document: Mapping[str, JsonValue], creator: str) -> TrainingJob:
    """Return the job in a document that has no mistakes; whose it is was found out by us."""
    job = TrainingJob.model_validate(dict(document))
    annotations = {**job.metadata.annotations, CREATED_BY: creator}
    metadata = job.metadata.model_copy(
        update={"annotations": annotations, "uid": None, "creation_timestamp": None}
    )
    return job.model_copy(update={"metadata": metadata, "status": None})


def invalid_job(mistakes: Sequence[FieldProblem]) -> Problem:
    """Return the problem of a job file with mistakes."""
    detail = "; ".join(f"{each.path}: {each.message}" for each in mistakes)
    return Problem("invalid-job", detail, errors=mistakes)


def filter_of(query: JobQuery) -> JobFilter:
    """Return what a list is asked for, as the database is asked."""
    labels = (label.partition("=") for label in query.label)
    return JobFilter(
        phases=tuple(phase.value for phase in query.phase),
        pipeline=query.pipeline,
        created_by=query.created_by,
        namespace=query.namespace,
        text=query.text,
        labels=tuple((name, value) for name, _, value in labels),
        created_after=query.created_after,
        created_before=query.created_before,
        sort=query.sort,
    )


async def change_job(backend: Backend, row: JobRow, change: JobChange) -> None:
    """Suspend, resume or cancel a job.

    Raises:
        Problem: it has ended, or nothing is asked for.
    """
    if change.suspend is None and change.cancel is None:
        raise Problem(
            "invalid-request",
            "Nothing to change: got neither suspend nor cancel, expected one of them.",
            remedy="Send suspend: true, suspend: false, or cancel: true.",
        )
    if row.gone_at is not None:
        raise Problem("conflict", f"{row.name} was deleted.", remedy="Clone it to train again.")
    if row.phase in _TERMINAL:
        raise Problem(
            "conflict",
            f"{row.name} is {row.phase}: it has ended.",
            remedy="Retry or clone it to train again.",
        )
    await backend.change(row.uid, SpecChange(suspend=change.suspend, cancel=change.cancel))


async def new_document(
    session: AsyncSession, row: JobRow, request: NewRun, *, resumes: bool
) -> dict[str, JsonValue]:
    """Return the job file of a new job made from an old one.

    Args:
        session: for the names that are taken.
        row: the old job.
        request: its name and what changes in its config.
        resumes: whether it goes on from the old one's checkpoint; without one it starts afresh.
    """
    spec: dict[str, Any] = {**row.spec, "suspend": False, "cancel": False}
    spec["resumeFrom"] = row.uid if resumes and row.status.get("checkpoint") else None
    if request.config is not None:
        spec["config"] = merged(spec["config"], request.config)
    name = request.name or _next_name(row.name, await names_like(session, row.name, row.namespace))
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name, "namespace": row.namespace, "labels": dict(row.labels)},
        "spec": {key: value for key, value in spec.items() if value is not None},
    }


def merged(old: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with another merged into it, as RFC 7396 says: null takes a field out."""
    result = dict(old)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            before = result.get(key)
            result[key] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[key] = value
    return result


def resource_of(row: JobRow, grafana_url: str | None = None) -> JobResource:
    """Return a job as the API shows it, with links where there is a Grafana."""
    return JobResource(
        metadata=JobMetadata(
            name=row.name,
            namespace=row.namespace,
            uid=row.uid,
            labels=row.labels,
            created_by=row.created_by,
            creation_timestamp=row.created_at,
            finish_timestamp=row.finished_at,
            deletion_timestamp=row.gone_at,
            generation=row.generation,
            version=row.version,
        ),
        spec=row.spec,
        status=status_of(row),
        links=job_links(row, grafana_url),
    )


def status_of(row: JobRow | ListedJob) -> dict[str, Any]:
    """Return a job's status: what its backend tells, and what the model library adds."""
    status = {"phase": row.phase, **row.status}  # a job of this moment has none of its own yet
    added = row.publication
    if not added:
        return status
    if added.get("model"):
        status["model"] = {**(status.get("model") or {}), **added["model"]}
    published = {
        "type": ConditionType.PUBLISHED.value,
        "observedGeneration": row.generation,
        **added["condition"],
    }
    others = status.get("conditions", ())
    status["conditions"] = [
        published if each.get("type") == published["type"] else each for each in others
    ]
    return status


def _next_name(name: str, taken: set[str]) -> str:
    return next(f"{name}-{n}" for n in itertools.count(2) if f"{name}-{n}" not in taken)
