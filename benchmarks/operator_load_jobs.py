"""The jobs of the operator's load test: TrainingJobs, the same work as plain Jobs, and old ones.

Called by ``operator_load``.
"""

import copy
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))

from benchmarks.operator_load_cluster import (  # noqa: E402 - a script finds its package
    JOBS_NAMESPACE,
    PLAYED,
    LoadApi,
)

from azuraforge_contract.training_job import TrainingJob  # noqa: E402
from azuraforge_operator.manifests.child_job import build_child_job  # noqa: E402
from azuraforge_operator.manifests.request import ChildRequest  # noqa: E402
from azuraforge_operator.settings import PodSettings  # noqa: E402

__all__ = ["copy_finished", "create_all", "plain_job", "training_job", "wait_until_done"]

Document = dict[str, Any]

_CREATORS = 8
"""Requests at the same time, for both kinds alike."""
_IMAGE = "azuraforge/trainer-cpu:dev"
_SAMPLE = {
    "dataset": {"source": {"kind": "sample"}, "series": ["JFK"], "target_columns": ["temp"]},
    "window": {"lookback": 24, "horizon": 6},
    "model": {"kind": "last-value"},
}


def training_job(name: str) -> Document:
    """Return a TrainingJob whose pods are played."""
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name, "namespace": JOBS_NAMESPACE},
        "spec": {
            "pipeline": "forecaster",
            "device": "cpu",
            "resources": {"cpu": "1", "memory": "1Gi"},
            "config": _SAMPLE,
            "podOverrides": PLAYED,
        },
    }


def plain_job(name: str) -> Document:
    """Return the Job that the operator would make of such a TrainingJob, belonging to nobody."""
    job = TrainingJob.model_validate(training_job(name))
    metadata = job.metadata.model_copy(update={"uid": str(uuid.uuid4())})
    settings = PodSettings(service_account="azuraforge-trainer")
    request = ChildRequest(
        job=job.model_copy(update={"metadata": metadata}), index=0, image=_IMAGE, settings=settings
    )
    document = build_child_job(request)
    labels = {"load": "plain"}
    document["metadata"] = {"name": name, "namespace": JOBS_NAMESPACE, "labels": labels}
    document["spec"]["template"]["metadata"]["labels"] = labels
    return document


def create_all(api: LoadApi, documents: Iterable[Document]) -> float:
    """Create objects as fast as the API server takes them; return when that began."""
    began = time.monotonic()
    with ThreadPoolExecutor(_CREATORS) as creators:
        for _ in creators.map(api.create, documents):
            pass
    return began


def wait_until_done(is_any_left: Callable[[], bool], began: float, *, seconds: float) -> float:
    """Wait until nothing is left to do; return how long it took since the beginning.

    Raises:
        TimeoutError: something is left after that many seconds.
    """
    while is_any_left():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not all jobs have ended within {seconds:.0f} s")
        time.sleep(0.5)
    return time.monotonic() - began


def copy_finished(api: LoadApi, name: str, count: int) -> None:
    """Make copies of a finished TrainingJob with its Job and its pod, as they would have ended.

    The built-in controller leaves the Jobs alone: their ``managedBy`` names somebody else.
    """
    original = _get(api, "TrainingJob", name)
    child = _get(api, "Job", f"{name}-0")
    (pod,) = api.list("Pod", JOBS_NAMESPACE, labels=f"azuraforge.io/job-name={name}")
    with ThreadPoolExecutor(_CREATORS) as creators:
        for _ in creators.map(
            lambda number: _copy_one(api, original, child, pod, f"old-{number}"), range(count)
        ):
            pass


def _copy_one(api: LoadApi, original: Document, child: Document, pod: Document, name: str) -> None:
    created = api.create(_new(original, name))
    uid = created["metadata"]["uid"]
    status = {**original["status"], "jobRef": f"{name}-0"}
    api.patch("TrainingJob", JOBS_NAMESPACE, name, {"status": status}, part="/status")
    job = _new(child, f"{name}-0", of=(name, uid))
    job["spec"] = {
        **{key: job["spec"][key] for key in ("parallelism", "completions", "backoffLimit")},
        "podReplacementPolicy": "Failed",
        "managedBy": "azuraforge.io/load",
        "template": copy.deepcopy(job["spec"]["template"]),
    }
    labels = job["spec"]["template"]["metadata"]["labels"]
    for label in ("controller-uid", "job-name"):  # the API server sets them
        labels.pop(label, None)
        labels.pop(f"batch.kubernetes.io/{label}", None)
    made = api.create(job)
    api.patch("Job", JOBS_NAMESPACE, f"{name}-0", {"status": child["status"]}, part="/status")
    last = {**_new(pod, f"{name}-0-abcde", of=(name, uid)), "apiVersion": "v1", "kind": "Pod"}
    last["metadata"]["ownerReferences"][0] |= {
        "apiVersion": "batch/v1", "kind": "Job", "name": f"{name}-0", "uid": made["metadata"]["uid"]
    }  # fmt: skip
    api.create(last)


def _new(document: Document, name: str, of: tuple[str, str] | None = None) -> Document:
    """Return an object like another one, of another name and perhaps another TrainingJob's."""
    metadata: Document = {"name": name, "namespace": JOBS_NAMESPACE}
    if of is not None:
        job, uid = of
        labels = {**document["metadata"]["labels"], "azuraforge.io/job-name": job}
        metadata["labels"] = {**labels, "azuraforge.io/job-uid": uid}
        owner = copy.deepcopy(document["metadata"]["ownerReferences"][0])
        metadata["ownerReferences"] = [{**owner, "name": job, "uid": uid}]
        annotations = document["metadata"].get("annotations") or {}
        metadata["annotations"] = {
            key: text for key, text in annotations.items() if key.startswith("azuraforge.io/")
        }
    kept = {key: document[key] for key in ("apiVersion", "kind", "spec") if key in document}
    return copy.deepcopy({**kept, "metadata": metadata})


def _get(api: LoadApi, kind: str, name: str) -> Document:
    found = api.get(kind, JOBS_NAMESPACE, name)
    if found is None:
        raise LookupError(f"{kind} {name} is not there")
    return found
