"""The child of a TrainingJob: one batch/v1 Job for each attempt.

It never retries: the lifecycle alone decides what follows a failure. Its name follows from the
attempt's index, so that two operators that both create it make one.
"""

from typing import Any

from azuraforge_contract.training_job import API_VERSION, KIND, TrainingJob
from azuraforge_lifecycle.actions import attempt_name
from azuraforge_operator.manifests.request import ChildRequest
from azuraforge_operator.manifests.trainer_pod import trainer_pod_annotations, trainer_pod_spec
from azuraforge_operator.names import (
    ATTEMPT_LABEL,
    JOB_NAME_LABEL,
    JOB_UID_LABEL,
    KUEUE_PREFIX,
    KUEUE_QUEUE_LABEL,
    PIPELINE_LABEL,
)

__all__ = ["build_child_job", "owner_reference"]


def build_child_job(request: ChildRequest) -> dict[str, Any]:
    """Return the Job of an attempt."""
    job = request.job
    labels = _labels(request)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": attempt_name(job.metadata.name, request.index),
            "namespace": job.metadata.namespace,
            "labels": {**labels, **_queue_labels(job)},
            "ownerReferences": [owner_reference(job)],
        },
        "spec": {
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 0,
            # A pod that is still ending keeps its place: never two of one attempt at a time.
            "podReplacementPolicy": "Failed",
            "suspend": request.is_queued,
            "template": {
                "metadata": {
                    "labels": {**labels, **request.claim_labels},
                    "annotations": trainer_pod_annotations(request),
                },
                "spec": trainer_pod_spec(request),
            },
        },
    }


def owner_reference(job: TrainingJob) -> dict[str, Any]:
    """Return the reference by which a child is ours, and is collected with its TrainingJob."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "name": job.metadata.name,
        "uid": job.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _labels(request: ChildRequest) -> dict[str, str]:
    job = request.job
    return {
        "app.kubernetes.io/name": "azuraforge-trainer",
        "app.kubernetes.io/component": "trainer",
        "app.kubernetes.io/managed-by": "azuraforge-operator",
        JOB_NAME_LABEL: job.metadata.name,
        JOB_UID_LABEL: job.uid,
        ATTEMPT_LABEL: str(request.index),
        PIPELINE_LABEL: job.spec.pipeline,
    }


def _queue_labels(job: TrainingJob) -> dict[str, str]:
    """Return what Kueue reads: the queue, and whatever else of Kueue's the job carries."""
    labels = {
        name: value for name, value in job.metadata.labels.items() if name.startswith(KUEUE_PREFIX)
    }
    if job.spec.queue is not None:
        labels[KUEUE_QUEUE_LABEL] = job.spec.queue.name
    return labels
