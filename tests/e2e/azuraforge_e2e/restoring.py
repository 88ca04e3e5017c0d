"""Backup and restore in the cluster, as docs/how-to/back-up-and-restore.md tells a person to."""

import json
from typing import Any, Final

from azuraforge_e2e.programs import run_program
from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform

__all__ = ["Backups"]

_DATA: Final = "/var/lib/azuraforge/data"
_FILE: Final = f"{_DATA}/precious.tar.gz"
_POD: Final = "azuraforge-restore"
_FORGET: Final = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class Backups:
    """One backup of the service.

    Args:
        platform: the service.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def make(self) -> str:
        """Back up into the data claim while the service runs, and return what was printed."""
        return self._kubectl(
            "exec", "deploy/azuraforge-api", "--container", "api", "--",
            "azuraforge", "backup", _FILE, "--data", _DATA, "--force",
        ).strip()  # fmt: skip

    def stop_service(self) -> None:
        """Scale the API to none."""
        self._kubectl("scale", "deployment/azuraforge-api", "--replicas", "0")
        wait_for("the service's end", lambda: not self._platform.pods(), seconds=180)

    def start_service(self) -> None:
        """Scale it to one, and wait until it answers."""
        self._kubectl("scale", "deployment/azuraforge-api", "--replicas", "1")
        self._platform.wait_until_rolled_out()

    def lose_everything(self) -> None:
        """Lose all tables, and the files of the library and of uploads."""
        self._kubectl(
            "exec", "azuraforge-postgresql-0", "--",
            "psql", "--username=azuraforge", "--dbname=azuraforge", "--command", _FORGET,
        )  # fmt: skip
        node = self._platform.release.node
        folder = node.claim_folder(NAMESPACE, "azuraforge-data")
        node.run("rm", "-rf", f"{folder}/models", f"{folder}/datasets")

    def restore(self) -> str:
        """Restore in a pod like the API's own, and return what it printed."""
        self._kubectl("apply", "-f", "-", text=json.dumps(self._pod()))
        try:
            wait_for("the restore", self._has_ended, seconds=240, explain=self._log)
            assert self._phase() == "Succeeded", self._log()
            return self._log().strip()
        finally:
            self._kubectl("delete", "pod", _POD)

    def _pod(self) -> dict[str, Any]:
        """Return the API's pod with another command: same image, settings, volumes and labels."""
        deployment = json.loads(self._kubectl("get", "deployment", "azuraforge-api", "-o", "json"))
        template = deployment["spec"]["template"]
        spec = template["spec"] | {"restartPolicy": "Never", "initContainers": []}
        [container] = spec["containers"]
        kept = ("name", "image", "imagePullPolicy", "env", "resources", "securityContext")
        spec["containers"] = [
            {key: container[key] for key in (*kept, "volumeMounts")}
            | {"command": ["azuraforge", "restore", _FILE, "--data", _DATA, "--force"]}
        ]
        labels = template["metadata"]["labels"]
        metadata = {"name": _POD, "namespace": NAMESPACE, "labels": labels}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def _phase(self) -> str:
        pod = self._platform.release.api.get("Pod", NAMESPACE, _POD)
        return str((pod or {}).get("status", {}).get("phase"))

    def _has_ended(self) -> bool:
        return self._phase() in ("Succeeded", "Failed")

    def _log(self) -> str:
        return self._platform.release.api.log(NAMESPACE, _POD)

    def _kubectl(self, *arguments: str, text: str | None = None) -> str:
        return run_program(
            "kubectl", "--namespace", NAMESPACE, *arguments,
            text=text, kubeconfig=self._platform.release.kubeconfig,
        )  # fmt: skip
