"""Ends parts of the platform: at once, or for a while; their controllers bring them back."""

import base64
from typing import Final

from azuraforge_e2e.api_server import ApiServer, Document
from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform

__all__ = ["Outages"]

_DATABASE: Final = "azuraforge-postgresql"
_COLLECTOR_NAMESPACE: Final = f"{NAMESPACE}-logs"


class Outages:
    """What can happen to the pods of a release.

    Args:
        platform: the release.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._api: ApiServer = platform.release.api

    def kill(self, component: str) -> str:
        """Delete a component's pod without grace, wait until another is ready, return its name."""
        before = self._pods(component)
        assert before, f"{component} has no pod"
        for pod in before:
            metadata = pod["metadata"]
            self._api.delete("Pod", metadata["namespace"], metadata["name"], gracePeriodSeconds=0)
        uids = {pod["metadata"]["uid"] for pod in before}

        def look() -> str | None:
            found = [pod for pod in self._pods(component) if pod["metadata"]["uid"] not in uids]
            return found[0]["metadata"]["name"] if len(found) == len(before) else None

        name = wait_for(f"another pod of {component}", look, explain=self._platform.describe)
        self.wait_until_ready(component)
        return name

    def wait_until_ready(self, component: str) -> None:
        """Wait until every pod of a component is ready."""

        def look() -> bool:
            pods = self._pods(component)
            return bool(pods) and all(map(_is_ready, pods))

        wait_for(f"{component} ready", look, seconds=300, explain=self._platform.describe)

    def kill_process(self, component: str, program: str) -> None:
        """Kill a component's process by SIGKILL, and its pod, which spares the wait of a restart.

        Args:
            component: of one pod.
            program: words of its command line.
        """
        [pod] = self._pods(component)
        self._platform.release.node.kill(pod["metadata"]["uid"], program)
        self.kill(component)

    def scale(self, component: str, replicas: int) -> None:
        """Run so many servers of a StatefulSet, none or one, and wait until it is so."""
        name = f"azuraforge-{component}"
        self._api.patch("StatefulSet", NAMESPACE, name, {"spec": {"replicas": replicas}})
        if replicas:
            self.wait_until_ready(component)
        else:
            wait_for(f"the end of {component}", lambda: not self._pods(component), seconds=180)

    def change_password(self, password: str) -> str:
        """Write another password into the database's secret, and return the former one."""
        secret = self._api.get("Secret", NAMESPACE, _DATABASE)
        assert secret is not None
        former = base64.b64decode(secret["data"]["password"]).decode()
        self._api.patch("Secret", NAMESPACE, _DATABASE, {"stringData": {"password": password}})
        return former

    def _pods(self, component: str) -> list[Document]:
        namespace = _COLLECTOR_NAMESPACE if component == "collector" else NAMESPACE
        labels = f"app.kubernetes.io/component={component}"
        return self._api.list("Pod", namespace, labels=labels)


def _is_ready(pod: Document) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
