"""The pod of one attempt: one container, pod security `restricted`, no rights in the cluster."""

import json
from typing import Any, Final

from azuraforge_contract import environment
from azuraforge_operator.manifests.placement import placement_of
from azuraforge_operator.manifests.request import ChildRequest
from azuraforge_operator.manifests.volumes import (
    CACHE_FOLDER,
    DATASETS_FOLDER,
    JOB_FILE,
    TOKEN_FILE,
    run_folder,
    volumes_of,
)
from azuraforge_operator.names import CONTAINER, JOB_ANNOTATION

__all__ = ["trainer_pod_annotations", "trainer_pod_spec"]

_USER: Final = 10001
"""User and group of trainers; the images are built for it."""

Document = dict[str, Any]


def trainer_pod_annotations(request: ChildRequest) -> dict[str, str]:
    """Return the pod's annotations: the job file that the trainer reads."""
    job = request.job
    metadata = {
        "name": job.metadata.name,
        "namespace": job.metadata.namespace,
        "uid": job.uid,
        "creationTimestamp": job.metadata.creation_timestamp,
        "labels": job.metadata.labels,
    }
    document = {**job.to_document(), "metadata": metadata}
    return {JOB_ANNOTATION: json.dumps(document, ensure_ascii=False, separators=(",", ":"))}


def trainer_pod_spec(request: ChildRequest) -> Document:
    """Return the pod's spec."""
    mounted = volumes_of(request)
    return {
        "restartPolicy": "Never",
        "serviceAccountName": request.settings.service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": request.job.spec.shutdown.grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(request, [m for each in mounted for m in each.mounts])],
        "volumes": [each.volume for each in mounted],
        **_pull_secrets(request),
        **placement_of(request),
    }


def _container(request: ChildRequest, mounts: list[Document]) -> Document:
    return {
        "name": CONTAINER,
        "image": request.image,
        "imagePullPolicy": request.settings.image_pull_policy,
        "env": _environment(request),
        "resources": _resources(request),
        "volumeMounts": mounts,
        "terminationMessagePath": "/dev/termination-log",
        # Our message is JSON; where a process died without one, its last log lines say more than
        # nothing, and no reader takes them for ours.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _environment(request: ChildRequest) -> list[Document]:
    overrides = request.job.spec.pod_overrides
    wanted = (overrides.env if overrides else None) or ()
    ours = {
        "HOME": "/tmp",  # noqa: S108 - the pod's own
        environment.JOB_FILE: str(JOB_FILE),
        environment.ATTEMPT: str(request.index),
        environment.CACHE_DIR: str(CACHE_FOLDER),
        environment.RUN_DIR: str(run_folder(request.job.uid)),
    }
    if request.settings.tracking_url is not None:
        ours[environment.TRACKING_URL] = request.settings.tracking_url
        ours[environment.TRACKING_TOKEN_FILE] = str(TOKEN_FILE)
    if "uploads" in request.claims:
        ours[environment.DATASETS_DIR] = str(DATASETS_FOLDER)
    theirs = [variable.model_dump(mode="json", by_alias=True) for variable in wanted]
    replaced = {variable["name"] for variable in theirs}
    return [
        *({"name": name, "value": value} for name, value in ours.items() if name not in replaced),
        *theirs,
    ]


def _resources(request: ChildRequest) -> Document:
    """Return requests and limits, which are alike: what is asked for is what there is."""
    asked = request.job.spec.resources
    amounts = {
        "cpu": asked.cpu or request.settings.default_cpu,
        "memory": asked.memory or request.settings.default_memory,
    }
    if request.gpu is not None:
        amounts[request.gpu.resource] = str(request.gpu.count)
    known = {name: amount for name, amount in amounts.items() if amount is not None}
    resources: Document = {"requests": dict(known), "limits": dict(known)} if known else {}
    overrides = request.job.spec.pod_overrides
    claims = (overrides.resource_claims if overrides else None) or ()
    if claims:
        resources["claims"] = [{"name": claim["name"]} for claim in claims]
    return resources


def _pull_secrets(request: ChildRequest) -> Document:
    overrides = request.job.spec.pod_overrides
    wanted = (overrides.image_pull_secrets if overrides else None) or ()
    secrets = [{"name": name} for name in request.settings.image_pull_secrets]
    secrets += [dict(secret) for secret in wanted]
    return {"imagePullSecrets": secrets} if secrets else {}
