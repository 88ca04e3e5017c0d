"""A test's own namespace: its jobs, what became of them, and what to print when a wait fails."""

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

import yaml

from azuraforge_e2e.api_server import ApiServer, Document
from azuraforge_e2e.job_documents import job_document
from azuraforge_e2e.node import Node
from azuraforge_e2e.programs import run_program
from azuraforge_e2e.release import Release
from azuraforge_e2e.waiting import wait_for

__all__ = ["CACHE_CLAIM", "RUNS_CLAIM", "TERMINAL", "Workspace"]

RUNS_CLAIM: Final = "azuraforge-runs"
CACHE_CLAIM: Final = "azuraforge-cache"
TERMINAL: Final = frozenset({"Succeeded", "Failed", "Cancelled"})
_JOB_LABEL: Final = "azuraforge.io/job-name"
T = TypeVar("T")


class Workspace:
    """A namespace that enforces pod security `restricted`, with claims and service account.

    Args:
        namespace: its name.
        release: the operator.
        kubeconfig: for kubectl.
    """

    def __init__(self, namespace: str, release: Release, kubeconfig: Path) -> None:
        self.namespace = namespace
        self.release = release
        self._kubeconfig = kubeconfig

    @property
    def api(self) -> ApiServer:
        """The API server."""
        return self.release.api

    @property
    def node(self) -> Node:
        """The node."""
        return self.release.node

    def create(self) -> None:
        """Create the namespace with what jobs need."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": self.namespace, "labels": labels}
        self.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        account = {"name": "azuraforge-trainer", "namespace": self.namespace}
        self.api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
        for claim in (RUNS_CLAIM, CACHE_CLAIM):
            self.create_claim(claim)

    def create_claim(self, name: str) -> None:
        """Create a claim of the cluster's default storage class."""
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        }
        metadata = {"name": name, "namespace": self.namespace}
        self.api.create(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": metadata,
                "spec": spec,
            }
        )

    def remove(self) -> None:
        """Delete the namespace; its end is not waited for."""
        self.api.delete("Namespace", None, self.namespace)

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """Return what kubectl prints."""
        return run_program(
            "kubectl", "--namespace", self.namespace, *arguments,
            text=text, kubeconfig=self._kubeconfig,
        )  # fmt: skip

    def submit(self, name: str, change: Document | None = None) -> Document:
        """Create a short job with a change of its spec merged in."""
        return self.api.create(job_document(name, self.namespace, change))

    def change(self, name: str, spec: Document) -> None:
        """Merge a change into a job's spec."""
        self.api.patch("TrainingJob", self.namespace, name, {"spec": spec})

    def job(self, name: str) -> Document:
        """Return a job that is there."""
        found = self.api.get("TrainingJob", self.namespace, name)
        assert found is not None, f"TrainingJob {name} is not there"
        return found

    def status(self, name: str) -> Document:
        """Return a job's status, empty before the first."""
        status: Document = self.job(name).get("status") or {}
        return status

    def children(self, name: str) -> list[Document]:
        """Return a job's batch/v1 Jobs."""
        return self.api.list("Job", self.namespace, labels=f"{_JOB_LABEL}={name}")

    def pods(self, name: str) -> list[Document]:
        """Return a job's pods."""
        return self.api.list("Pod", self.namespace, labels=f"{_JOB_LABEL}={name}")

    def run_folder(self, name: str) -> PurePosixPath:
        """Return where the node keeps the run of a job."""
        uid: str = self.job(name)["metadata"]["uid"]
        return self.node.claim_folder(self.namespace, RUNS_CLAIM) / uid

    def wait_for(self, what: str, look: Callable[[], T | None], *, seconds: float = 180.0) -> T:
        """Wait for something in this namespace; a failure prints all that is in it."""
        return wait_for(what, look, seconds=seconds, explain=self.describe)

    def wait_for_phase(self, name: str, *phases: str, seconds: float = 180.0) -> Document:
        """Return a job's status once it is in one of these phases.

        Raises:
            AssertionError: the time is over, or the job ended otherwise.
        """

        def look() -> Document | None:
            status = self.status(name)
            phase = status.get("phase")
            if phase in phases:
                return status
            assert phase not in TERMINAL, f"{name} is {phase}\n{self.describe()}"
            return None

        return self.wait_for(f"{name} {' or '.join(phases)}", look, seconds=seconds)

    def wait_for_checkpoint(self, name: str) -> str:
        """Return the name of a checkpoint's file once a job has saved one.

        It asks the volume: the status tells of checkpoints later.
        """

        def look() -> str | None:
            status = self.status(name)
            assert status.get("phase") not in TERMINAL, self.describe()
            if not self.pods(name):
                return None
            claim = self.api.get("PersistentVolumeClaim", self.namespace, RUNS_CLAIM)
            if claim is None or claim["status"]["phase"] != "Bound":
                return None
            found = self.node.files(self.run_folder(name) / "checkpoints")
            return found[0] if found else None

        return self.wait_for(f"a checkpoint of {name}", look)

    def wait_for_resumption(self, name: str, attempt: int) -> int:
        """Return the step that an attempt goes on from, once it has opened its data.

        It asks the events in the run's folder; the status tells it at the attempt's end.
        """
        self.wait_for_running_pod(name, attempt)
        path = self.run_folder(name) / "events" / f"{attempt}.jsonl"

        def look() -> int | None:
            assert self.status(name)["phase"] not in TERMINAL, self.describe()
            for line in self.node.read(path).splitlines():
                event = json.loads(line) if line.endswith("}") else {}
                if event.get("type") == "dataset_ready":
                    return int(event.get("resumedFromStep") or 0)
            return None

        return self.wait_for(f"the data of {name}-{attempt}", look)

    def wait_for_no_pod(self, name: str) -> None:
        """Wait until nothing is left of a job's pods."""
        self.wait_for(f"the end of the pods of {name}", lambda: not self.pods(name))

    def wait_for_running_pod(self, name: str, attempt: int) -> Document:
        """Return the pod of an attempt once its container runs."""

        def look() -> Document | None:
            for pod in self.pods(name):
                is_meant = pod["metadata"]["labels"]["azuraforge.io/attempt"] == str(attempt)
                if is_meant and pod["status"]["phase"] == "Running":
                    return pod
            return None

        return self.wait_for(f"a running pod of {name}-{attempt}", look)

    def describe(self) -> str:
        """Return objects, events and logs of the namespace, and the operator's log."""
        return "\n".join([*self._jobs(), *self._pods(), *self._events(), self.release.describe()])

    def _jobs(self) -> list[str]:
        parts = []
        for job in self.api.list("TrainingJob", self.namespace):
            text = yaml.safe_dump(job.get("status"), sort_keys=False, allow_unicode=True)
            parts.append(f"=== TrainingJob {job['metadata']['name']}\n{text}")
        children = self.api.list("Job", self.namespace)
        parts += [
            f"=== Job {child['metadata']['name']}: {child.get('status')}" for child in children
        ]
        return parts

    def _pods(self) -> list[str]:
        parts = []
        for pod in self.api.list("Pod", self.namespace):
            name, status = pod["metadata"]["name"], pod["status"]
            states = [each.get("state") for each in status.get("containerStatuses", ())]
            log = self.api.log(self.namespace, name, lines=30)
            parts.append(f"=== Pod {name}: {status['phase']} {states}\n{log}")
        return parts

    def _events(self) -> list[str]:
        return [
            f"{event['involvedObject']['kind']}/{event['involvedObject']['name']} "
            f"{event['type']} {event['reason']}: {event['message']}"
            for event in self.api.list("Event", self.namespace)
        ]
