"""The release under test: installed by the chart, once for all tests."""

from pathlib import Path
from typing import Any, Final

from azuraforge_e2e.api_server import ApiServer, Document, object_path
from azuraforge_e2e.node import Node
from azuraforge_e2e.programs import REPOSITORY, run_program
from azuraforge_e2e.waiting import wait_for

__all__ = [
    "ALLOWED_IMAGES",
    "CHART",
    "IMAGES",
    "NAMESPACE",
    "OUT_OF_GPU_MEMORY_IMAGE",
    "STALLING_IMAGE",
    "UPGRADED_TAG",
    "Release",
]

NAMESPACE: Final = "azuraforge-system"
CHART: Final = REPOSITORY / "charts/azuraforge"
ALLOWED_IMAGES: Final = "allowed.invalid/"
UPGRADED_TAG: Final = "upgraded"
"""Tag of an operator's image that is another one, of the same code."""
STALLING_IMAGE: Final = "azuraforge/stalling-trainer:dev"
OUT_OF_GPU_MEMORY_IMAGE: Final = f"{ALLOWED_IMAGES}out-of-gpu-memory:1"
IMAGES: Final = (
    "azuraforge/operator:dev",
    "azuraforge/trainer-cpu:dev",
    f"azuraforge/operator:{UPGRADED_TAG}",  # this and what follows: tests/e2e/images/build.sh
    STALLING_IMAGE,
    OUT_OF_GPU_MEMORY_IMAGE,
)
_DEPLOYMENT: Final = "azuraforge-operator"
_SETTINGS: Final = {
    "api.enabled": "false",
    "loki.mode": "disabled",
    "prometheus.mode": "disabled",
    "grafana.mode": "disabled",
    "images.operator.tag": "dev",
    "images.trainerCpu.tag": "dev",
    # A job with device gpu gets a pod without CUDA: what an owner sees who has mixed the images up.
    "images.trainerGpu.repository": "azuraforge/trainer-cpu",
    "images.trainerGpu.tag": "dev",
    "jobs.allNamespaces": "true",
    "operator.allowedImages[0]": ALLOWED_IMAGES,
    "operator.leaseSeconds": "6",
    "operator.pluginPollSeconds": "2",
    "operator.progressPollSeconds": "5",
}


class Release:
    """The operator as installed.

    Args:
        api: the cluster's API server.
        node: the cluster's node.
        kubeconfig: for helm.
    """

    def __init__(self, api: ApiServer, node: Node, kubeconfig: Path) -> None:
        self.api = api
        self.node = node
        self.kubeconfig = kubeconfig

    def install(
        self, chart: Path = CHART, options: tuple[str, ...] = (), /, **further: str
    ) -> None:
        """Install or upgrade, and wait until the operator is ready.

        Args:
            chart: a folder or a package.
            options: of helm, such as --take-ownership.
            further: values beside those of all tests; a double underscore stands for a dot.

        Raises:
            AssertionError: it does not become ready; with its log.
        """
        values = {
            **_SETTINGS,
            **{name.replace("__", "."): value for name, value in further.items()},
        }
        settings = [part for pair in values.items() for part in ("--set", "=".join(pair))]
        try:
            run_program(
                "helm", "upgrade", "--install", "azuraforge", str(chart),
                "--namespace", NAMESPACE, "--create-namespace", *settings,
                *options,
                kubeconfig=self.kubeconfig,
            )  # fmt: skip
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.describe()}") from None
        self.wait_until_ready(int(values.get("operator.replicas", "1")))

    def scale(self, replicas: int) -> None:
        """Run so many operators, and wait until exactly these are ready."""
        change = {"spec": {"replicas": replicas}}
        self.api.patch("Deployment", NAMESPACE, _DEPLOYMENT, change)
        self.wait_until_ready(replicas)

    def wait_until_ready(self, replicas: int = 1) -> list[Document]:
        """Return the operator's pods once exactly so many are there and ready."""

        def look() -> list[Document] | None:
            pods = self.pods()
            return pods if len(pods) == replicas and all(map(_is_ready, pods)) else None

        return wait_for(f"{replicas} ready operators", look, seconds=180, explain=self.describe)

    def pods(self) -> list[Document]:
        """Return the operator's pods."""
        return self.api.list("Pod", NAMESPACE, labels="app.kubernetes.io/component=operator")

    def metrics(self) -> dict[str, float]:
        """Return the one operator's metrics: the name with its labels, as exposed → value."""
        [pod] = self.wait_until_ready()
        text = self.api.get_text(
            f"{object_path('Pod', NAMESPACE, pod['metadata']['name'])}:8080/proxy/metrics"
        )
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def leader(self) -> str:
        """Return the name of the pod that holds the lease."""

        def look() -> str | None:
            lease = self.api.get("Lease", NAMESPACE, _DEPLOYMENT)
            holder: str | None = (lease or {}).get("spec", {}).get("holderIdentity")
            return holder

        return wait_for("a leader", look, explain=self.describe)

    def kill(self, pod: Document) -> None:
        """Kill an operator's process by SIGKILL; the kubelet starts it again."""
        self.node.kill(pod["metadata"]["uid"], "azuraforge_operator")

    def is_running(self, pod: Document) -> bool:
        """Whether an operator's pod has its process at the moment."""
        return bool(self.node.pids(pod["metadata"]["uid"], "azuraforge_operator"))

    def remove(self, pod: Document) -> None:
        """Delete an operator's pod without grace; its Deployment makes another one."""
        name = pod["metadata"]["name"]
        self.api.delete("Pod", NAMESPACE, name, gracePeriodSeconds=0)

    def describe(self) -> str:
        """Return what the operators and their logs say."""
        parts = []
        for pod in self.pods():
            name = pod["metadata"]["name"]
            parts.append(f"--- {name}: {_states(pod)}\n{self.api.log(NAMESPACE, name, lines=60)}")
        return "\n".join(parts) or "There is no operator."


def _is_ready(pod: Document) -> bool:
    conditions = pod["status"].get("conditions", ())
    is_going = "deletionTimestamp" in pod["metadata"]
    return not is_going and any(
        each["type"] == "Ready" and each["status"] == "True" for each in conditions
    )


def _states(pod: Document) -> list[Any]:
    return [status.get("state") for status in pod["status"].get("containerStatuses", ())]
