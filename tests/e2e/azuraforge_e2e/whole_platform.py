"""The whole platform as the chart installs it: operator, API and PostgreSQL.

Everything is asked through the API's Service, at a port of the node, so that a pod which is
replaced is nothing that a test notices.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from azuraforge_client import Client
from azuraforge_e2e.api_server import Document
from azuraforge_e2e.programs import run_program
from azuraforge_e2e.release import CHART, NAMESPACE, Release
from azuraforge_e2e.waiting import wait_for

__all__ = ["API_IMAGES", "Platform", "installed_platform"]

API_IMAGES: Final = ("azuraforge/api:dev", "stand-in.invalid/postgresql:dev")
"""Built by trainer-image/build_images.sh and tests/e2e/images/build.sh."""
_NAME: Final = "azuraforge-api"
_DATABASE: Final = "azuraforge-postgresql"
_VALUES: Final = {
    "api__enabled": "true",
    "api__service__type": "NodePort",
    "images__api__tag": "dev",
    "postgresql__image__repository": "stand-in.invalid/postgresql",
    "postgresql__image__tag": "dev",
}


class Platform:
    """API and database beside the operator of all tests.

    Args:
        release: the operator.
    """

    def __init__(self, release: Release) -> None:
        self.release = release
        self._api = release.api

    def install(
        self, chart: Path = CHART, options: tuple[str, ...] = (), /, **further: str
    ) -> None:
        """Install or upgrade, and wait until the rollouts of API and operator are over."""
        values = {**_VALUES, **further}
        self.release.install(chart, options, **values)
        self.wait_until_rolled_out()

    def client(self) -> Client:
        """Return a client with the token that the chart has made."""
        secret = self._find("Secret", _NAME)
        token = base64.b64decode(secret["data"]["admin-token"]).decode()
        return Client(self.url(), token)

    def url(self) -> str:
        """Return where the Service is reached from outside of the cluster."""
        [node] = self._api.list("Node", None)
        [address] = [
            each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP"
        ]
        [port] = self._find("Service", _NAME)["spec"]["ports"]
        return f"http://{address}:{port['nodePort']}"

    def test(self) -> str:
        """Run `helm test`, insist that it leaves nothing, and return what its pod printed."""
        printed = run_program(
            "helm", "test", "azuraforge", "--namespace", NAMESPACE, "--timeout", "180s", "--logs",
            kubeconfig=self.release.kubeconfig,
        )  # fmt: skip
        assert self._api.get("Pod", NAMESPACE, "azuraforge-test") is None
        return printed

    def pods(self) -> list[Document]:
        """Return the API's pods."""
        return self._api.list("Pod", NAMESPACE, labels="app.kubernetes.io/component=api")

    def wait_until_rolled_out(self) -> None:
        """Wait until as many API pods as wanted, of the newest kind, answer."""
        wait_for("the API's rollout", self._is_rolled_out, seconds=420, explain=self.describe)

    def answer(self, path: str) -> httpx.Response:
        """Return what the API says inside its own pod, whether the Service leads there or not."""
        [pod] = self.pods()
        script = (
            "import httpx, json, os; "
            "told = {'Authorization': 'Bearer ' + os.environ['AZURAFORGE_ADMIN_TOKEN']}; "
            f"answer = httpx.get('http://127.0.0.1:8000{path}', headers=told, timeout=30); "
            "print(json.dumps([answer.status_code, dict(answer.headers), answer.text]))"
        )
        printed = run_program(
            "kubectl", "--namespace", NAMESPACE, "exec", pod["metadata"]["name"], "--container",
            "api", "--", "python", "-c", script, kubeconfig=self.release.kubeconfig,
        )  # fmt: skip
        status, headers, text = json.loads(printed)
        return httpx.Response(status, headers=headers, text=text)

    def delete_pod(self) -> None:
        """Delete the API's pod as `kubectl delete pod` does, and wait until another is ready."""
        [pod] = self.pods()
        self._api.delete("Pod", NAMESPACE, pod["metadata"]["name"])
        wait_for("another pod", lambda: self._is_replaced(pod), seconds=240, explain=self.describe)

    def describe(self) -> str:
        """Return what the API's and the database's pods say."""
        parts = []
        for component, container in (("api", "api"), ("api", "migrate"), ("postgresql", "")):
            labels = f"app.kubernetes.io/component={component}"
            for pod in self._api.list("Pod", NAMESPACE, labels=labels):
                name = pod["metadata"]["name"]
                log = self._log(name, container)
                parts.append(f"--- {name} {json.dumps(pod['status'])}\n{log}")
        return "\n".join(parts) or "There is no API."

    def log(self) -> str:
        """Return all that the API's one pod has logged."""
        [pod] = self.pods()
        return self._log(pod["metadata"]["name"], "api", lines=100_000)

    def init_log(self, pod: str) -> str | None:
        """Return the sentence with which the step before the service has failed."""
        lines = [line for line in self._log(pod, "migrate").splitlines() if "cannot_run" in line]
        return str(json.loads(lines[-1])["message"]) if lines else None

    def _log(self, pod: str, container: str, lines: int = 60) -> str:
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log?tailLines={lines}"
        try:
            return self._api.get_text(path + (f"&container={container}" if container else ""))
        except AssertionError as error:  # a container that has not started has none
            return str(error)

    def _find(self, kind: str, name: str) -> Document:
        found = self._api.get(kind, NAMESPACE, name)
        assert found is not None, f"{kind} {name} is not there"
        return found

    def _is_rolled_out(self) -> bool:
        status = (deployment := self._find("Deployment", _NAME)).get("status", {})
        wanted = deployment["spec"]["replicas"]
        is_seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
        numbers = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")]
        return is_seen and numbers == [wanted] * 3 and self._answers()

    def _is_replaced(self, pod: Document) -> bool:
        uids = {each["metadata"]["uid"] for each in self.pods()}
        return pod["metadata"]["uid"] not in uids and self._is_rolled_out()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url()}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False


@contextmanager
def installed_platform(release: Release, **values: str) -> Iterator[Platform]:
    """Install all of it where pod security `restricted` is enforced; it goes at the end.

    Args:
        release: the operator.
        values: of the chart, beside those of every test; a double underscore stands for a dot.
    """
    release.node.load_images(*API_IMAGES)
    label = "pod-security.kubernetes.io/enforce"
    restricted, free = ({"metadata": {"labels": {label: level}}} for level in ("restricted", None))
    release.api.patch("Namespace", None, NAMESPACE, restricted)
    found = Platform(release)
    found.install(**values)
    yield found
    release.install()
    release.api.patch("Namespace", None, NAMESPACE, free)
