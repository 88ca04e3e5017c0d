"""The cluster of the operator's load test: a real one on kind, with an audit log and played pods.

Called by ``operator_load``. Everything but the kubelet is real: API server, etcd, controllers and
scheduler. kwok plays one node with room for every pod, and lets each pod run for a second.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT / "tests" / "e2e"))

from azuraforge_e2e.api_server import ApiServer, collection_path  # noqa: E402 - a script's package
from azuraforge_e2e.node import Node  # noqa: E402
from azuraforge_e2e.programs import choose_node_image, run_program  # noqa: E402
from azuraforge_e2e.release import NAMESPACE, Release  # noqa: E402
from azuraforge_e2e.waiting import wait_for  # noqa: E402
from azuraforge_e2e.workspace import CACHE_CLAIM, RUNS_CLAIM  # noqa: E402

__all__ = ["JOBS_NAMESPACE", "OPERATOR_USER", "PLAYED", "LoadCluster", "opened_cluster"]

Document = dict[str, Any]

JOBS_NAMESPACE = "load"
OPERATOR_USER = f"system:serviceaccount:{NAMESPACE}:azuraforge-operator"
PLAYED: Document = {
    "nodeSelector": {"type": "kwok"},
    "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists"}],
}
"""Where a pod has to go to be played: parts of its spec."""
_NAME = "azuraforge-load"
_OPERATOR_IMAGE = "azuraforge/operator:dev"
_AUDIT_LOG = "/var/log/azuraforge-audit/audit.log"

_AUDIT_POLICY = f"""
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - {{level: Metadata, users: ["{OPERATOR_USER}"], verbs: [create, update, patch, delete]}}
  - level: Metadata
    verbs: [create]
    resources: [{{group: azuraforge.io, resources: [trainingjobs]}}]
  - {{level: None}}
"""
_KIND_CONFIG = """
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraMounts: [{{hostPath: {folder}, containerPath: /etc/azuraforge-audit}}]
    kubeadmConfigPatches:
      - |
        kind: ClusterConfiguration
        apiServer:
          extraArgs:
            audit-policy-file: /etc/azuraforge-audit/policy.yaml
            audit-log-path: /var/log/azuraforge-audit/audit.log
          extraVolumes:
            - {{name: audit-policy, readOnly: true, pathType: Directory,
                hostPath: /etc/azuraforge-audit, mountPath: /etc/azuraforge-audit}}
            - {{name: audit-log, pathType: DirectoryOrCreate,
                hostPath: /var/log/azuraforge-audit, mountPath: /var/log/azuraforge-audit}}
        controllerManager:
          extraArgs: {{kube-api-qps: "{controller_qps}", kube-api-burst: "{controller_burst}"}}
"""
_STAGES = """
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: node-ready}
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  selector:
    matchExpressions:
      - key: '.status.conditions.[] | select( .type == "Ready" ) | .status'
        operator: NotIn
        values: ["True"]
  next:
    statusTemplate: |
      {{ $now := Now }}
      conditions:
      {{ range NodeConditions }}
      - {lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }},
         message: {{ .message | Quote }}, reason: {{ .reason | Quote }},
         status: {{ .status | Quote }}, type: {{ .type | Quote }}}
      {{ end }}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-run}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
      - {key: .status.phase, operator: In, values: [Pending]}
  next:
    statusTemplate: |
      {{ $now := Now }}
      phase: Running
      startTime: {{ $now | Quote }}
      containerStatuses:
      {{ range .spec.containers }}
      - {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true,
         restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
      {{ end }}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-complete}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  delay: {durationMilliseconds: 1000}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
      - {key: .status.phase, operator: In, values: [Running]}
      - {key: '.metadata.ownerReferences.[].kind', operator: In, values: [Job]}
  next:
    statusTemplate: |
      {{ $now := Now }}{{ $root := . }}
      phase: Succeeded
      containerStatuses:
      {{ range $index, $item := .spec.containers }}
      {{ $before := index $root.status.containerStatuses $index }}
      - {name: {{ $item.name | Quote }}, image: {{ $item.image | Quote }}, imageID: "",
         ready: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed,
         startedAt: {{ $before.state.running.startedAt | Quote }}, finishedAt: {{ $now | Quote }}}}}
      {{ end }}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-delete}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: Exists}
  next: {finalizers: {empty: true}, delete: true}
"""
_FAKE_NODE: Document = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {
        "name": "played",
        "annotations": {"kwok.x-k8s.io/node": "fake"},
        "labels": {"type": "kwok", "kubernetes.io/hostname": "played"},
    },
    "spec": {"taints": [{"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}]},
    "status": {
        name: {"cpu": "100000", "memory": "100Ti", "pods": "100000"}
        for name in ("capacity", "allocatable")
    },
}


class LoadApi(ApiServer):
    """The API server, asked as seldom and for as little as possible."""

    def create_volume(self, document: Document) -> None:
        """Create a PersistentVolume."""
        self._client.post("/api/v1/persistentvolumes", json=document).raise_for_status()

    def is_any(self, kind: str, fields: str, labels: str = "") -> bool:
        """Whether there is an object with such fields."""
        query: dict[str, Any] = {"fieldSelector": fields, "labelSelector": labels, "limit": 1}
        answer = self._client.get(collection_path(kind, JOBS_NAMESPACE), params=query)
        return bool(answer.raise_for_status().json()["items"])


@dataclass(frozen=True)
class LoadCluster:
    """A cluster with the operator installed and a node that is played.

    Attributes:
        api: its API server.
        node: the machine that it runs on.
        release: the operator.
    """

    api: LoadApi
    node: Node
    release: Release

    def audit_events(self) -> str:
        """Return the audit log, a JSON document a line."""
        time.sleep(1.0)  # the API server writes it in batches
        return self.node.run("cat", _AUDIT_LOG)

    def operator_memory(self) -> dict[str, float]:
        """Return the operator's resident memory now and at most, in MB (1e6 bytes)."""
        lines = self.node.run("cat", f"/proc/{self._pid()}/status").splitlines()
        found = {line.split(":")[0]: int(line.split()[1]) for line in lines if "kB" in line}
        return {name: round(found[name] * 1024 / 1e6, 1) for name in ("VmRSS", "VmHWM")}

    def operator_cpu_seconds(self) -> float:
        """Return the CPU time that the operator has taken since its start."""
        fields = self.node.run("cat", f"/proc/{self._pid()}/stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def _pid(self) -> str:
        (pod,) = self.release.pods()
        return self.node.pids(pod["metadata"]["uid"], "azuraforge_operator")[0]


@contextlib.contextmanager
def opened_cluster(kwok: Path, *, controller_qps: int) -> Iterator[LoadCluster]:
    """Make a cluster for the length of a block.

    Args:
        kwok: the program.
        controller_qps: requests per second that each built-in controller may make.
    """
    with tempfile.TemporaryDirectory(dir="/var/tmp") as text, contextlib.ExitStack() as stack:
        folder = Path(text)
        kubeconfig = folder / "kubeconfig"
        _create_cluster(folder, kubeconfig, controller_qps)
        stack.callback(run_program, "kind", "delete", "cluster", "--name", _NAME)
        api = LoadApi(kubeconfig)
        stack.callback(api.close)
        wait_for("the API server", api.is_ready)
        node = Node(_NAME, api)
        node.load_images(_OPERATOR_IMAGE)
        release = Release(api, node, kubeconfig)
        release.install(operator__progressPollSeconds="30")
        _make_namespace(api)
        stack.enter_context(_played_pods(kwok, folder, kubeconfig, api))
        yield LoadCluster(api, node, release)


def _create_cluster(folder: Path, kubeconfig: Path, controller_qps: int) -> None:
    (folder / "policy.yaml").write_text(_AUDIT_POLICY)
    config = folder / "kind.yaml"
    config.write_text(
        _KIND_CONFIG.format(
            folder=folder, controller_qps=controller_qps, controller_burst=controller_qps * 3 // 2
        )
    )
    image = choose_node_image()
    run_program(
        *("kind", "create", "cluster", "--name", _NAME, "--kubeconfig", str(kubeconfig)),
        *("--config", str(config), "--wait", "180s", *(["--image", image] if image else [])),
    )


def _make_namespace(api: LoadApi) -> None:
    """Create the jobs' namespace; its claims are bound by hand, since no pod really mounts them."""
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": JOBS_NAMESPACE}})
    account = {"name": "azuraforge-trainer", "namespace": JOBS_NAMESPACE}
    api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    for name in (RUNS_CLAIM, CACHE_CLAIM):
        common = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
        volume = {
            **common,
            "capacity": {"storage": "1Gi"},
            "hostPath": {"path": "/var/tmp"},  # noqa: S108 - nothing is written there
            "claimRef": {"name": name, "namespace": JOBS_NAMESPACE},
        }
        api.create_volume({"metadata": {"name": f"load-{name}"}, "spec": volume})
        spec = {**common, "volumeName": f"load-{name}"}
        api.create(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name, "namespace": JOBS_NAMESPACE},
                "spec": {**spec, "resources": {"requests": {"storage": "1Gi"}}},
            }
        )


@contextlib.contextmanager
def _played_pods(kwok: Path, folder: Path, kubeconfig: Path, api: ApiServer) -> Iterator[None]:
    api.create(_FAKE_NODE)
    stages = folder / "stages.yaml"
    stages.write_text(_STAGES)
    log = (folder / "kwok.log").open("w")
    command = [
        *(str(kwok), "--kubeconfig", str(kubeconfig), "--config", str(stages)),
        *("--manage-nodes-with-annotation-selector", "kwok.x-k8s.io/node=fake"),
    ]
    process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own command
    try:
        wait_for("the played node", lambda: _is_ready(api), explain=_reader(folder / "kwok.log"))
        yield
    finally:
        process.terminate()
        process.wait()


def _is_ready(api: ApiServer) -> bool:
    node = api.get("Node", None, "played") or {}
    conditions = node.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _reader(path: Path) -> Callable[[], str]:
    return lambda: path.read_text(encoding="utf-8")
