"""What is there of a release: its objects of every kind, in and outside of its namespace."""

import json
from typing import Final

from azuraforge_e2e.programs import run_program
from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.workspace import Workspace

__all__ = ["leftovers"]

_OF_EVERY_NAMESPACE: Final = {
    "ConfigMap/kube-root-ca.crt",
    "ServiceAccount/default",
}
_TOLD: Final = frozenset({"Event", "Pod", "TrainingJob", "Job", "EndpointSlice", "Endpoints"})
"""What tells of others or belongs to jobs; tests look at these by themselves."""


def leftovers(home: Workspace) -> set[str]:
    """Return KIND/NAME of all that a release has left, its jobs' own objects not among it."""
    kinds = home.kubectl("api-resources", "--verbs=list", "--namespaced", "-o", "name").split()
    inside = _names(home, ",".join(kinds), "--namespace", NAMESPACE)
    kinds = home.kubectl(
        "api-resources", "--verbs=list", "--namespaced=false", "-o", "name"
    ).split()
    ours = ("--selector", "app.kubernetes.io/part-of=azuraforge")
    outside = _names(home, ",".join(kinds), *ours)
    return {each for each in inside | outside if each not in _OF_EVERY_NAMESPACE}


def _names(home: Workspace, kinds: str, *arguments: str) -> set[str]:
    printed = run_program(
        "kubectl", "get", kinds, *arguments, "--ignore-not-found", "-o", "json",
        kubeconfig=home.release.kubeconfig,
    )  # fmt: skip
    items = json.loads(printed)["items"] if printed.strip() else []
    return {
        f"{each['kind']}/{each['metadata']['name']}" for each in items if each["kind"] not in _TOLD
    }
