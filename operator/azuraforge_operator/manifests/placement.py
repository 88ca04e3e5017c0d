"""Where a trainer's pod may run: the cluster's settings, the user's wishes, and its claims.

A ReadWriteOnce claim is mounted by one node at a time, which the scheduler does not know: a pod on
another node hangs in ContainerCreating. So pods that share such a claim carry a label with its
name and a required affinity to that label. The first pod goes anywhere (the scheduler lets a pod
satisfy its own affinity when no other does), all others follow it; no node is read or remembered,
and nothing can race.

It is an affinity to one label only, that of the claim which most pods share. The scheduler heeds a
pod that matches all terms of an affinity and no other: with a term for each claim, a pod that uses
one claim more than those that run would be taken for the first.
"""

import copy
from typing import Any

from azuraforge_operator.manifests.request import ChildRequest
from azuraforge_operator.names import CLAIM_LABELS

__all__ = ["placement_of"]

Document = dict[str, Any]
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def placement_of(request: ChildRequest) -> Document:
    """Return the fields of the pod's spec that place it."""
    overrides = request.job.spec.pod_overrides
    fields = {
        "nodeSelector": _node_selector(request),
        "tolerations": _tolerations(request),
        "affinity": _affinity(request),
        "runtimeClassName": _runtime_class(request),
        "priorityClassName": overrides.priority_class_name if overrides else None,
        "resourceClaims": overrides.resource_claims if overrides else None,
    }
    return {name: value for name, value in fields.items() if value}


def _node_selector(request: ChildRequest) -> dict[str, str]:
    overrides = request.job.spec.pod_overrides
    return {
        **request.settings.node_selector,
        **(request.settings.gpu_node_selector if _is_for_gpu(request) else {}),
        **((overrides.node_selector if overrides else None) or {}),
    }


def _tolerations(request: ChildRequest) -> list[Document]:
    overrides = request.job.spec.pod_overrides
    found = [
        *request.settings.tolerations,
        *(request.settings.gpu_tolerations if _is_for_gpu(request) else ()),
        *((overrides.tolerations if overrides else None) or ()),
    ]
    return [dict(toleration) for toleration in found]


def _runtime_class(request: ChildRequest) -> str | None:
    overrides = request.job.spec.pod_overrides
    wanted = overrides.runtime_class_name if overrides else None
    return wanted or (request.settings.gpu_runtime_class if _is_for_gpu(request) else None)


def _affinity(request: ChildRequest) -> Document:
    overrides = request.job.spec.pod_overrides
    affinity = copy.deepcopy((overrides.affinity if overrides else None) or {})
    labels = request.claim_labels
    shared = next((label for label in CLAIM_LABELS.values() if label in labels), None)
    if shared is not None:
        selector = {"matchLabels": {shared: labels[shared]}}
        term = {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
        pods = affinity.setdefault("podAffinity", {})
        pods[_REQUIRED] = [*pods.get(_REQUIRED, ()), term]
    return affinity


def _is_for_gpu(request: ChildRequest) -> bool:
    return request.job.spec.device == "gpu"
