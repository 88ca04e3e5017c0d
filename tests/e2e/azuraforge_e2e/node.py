"""The cluster's one node, which is a container: its processes, its files and its services."""

import subprocess
from pathlib import Path, PurePosixPath
from typing import Final

from azuraforge_e2e.api_server import ApiServer
from azuraforge_e2e.programs import run_program
from azuraforge_e2e.waiting import wait_for

__all__ = ["Node"]

_API_SERVER_MANIFEST: Final = "/etc/kubernetes/manifests/kube-apiserver.yaml"


class Node:
    """The node of a kind cluster.

    Args:
        cluster_name: the kind cluster's name.
        api: its API server.
    """

    def __init__(self, cluster_name: str, api: ApiServer) -> None:
        self.container = f"{cluster_name}-control-plane"
        self._api = api

    def run(self, *command: str) -> str:
        """Return what a program on the node prints."""
        return run_program("docker", "exec", self.container, *command)

    def pids(self, pod_uid: str, program: str) -> list[str]:
        """Return the processes of a pod whose command line contains a text."""
        script = (
            'for each in /proc/[0-9]*; do grep -qs -e "$1" -e "$2" "$each/cgroup" || continue; '
            'tr "\\0" " " <"$each/cmdline" 2>/dev/null | grep -q -- "$3" && basename "$each"; '
            "done; true"
        )
        underscored = pod_uid.replace("-", "_")
        return self.run("sh", "-c", script, "sh", pod_uid, underscored, program).split()

    def kill(self, pod_uid: str, program: str) -> None:
        """Send SIGKILL to the processes of a pod, as the kernel does when memory is short."""
        pids = self.pids(pod_uid, program)
        assert pids, f"pod {pod_uid} has no process {program}"
        self.run("kill", "-9", *pids)

    def claim_folder(self, namespace: str, claim: str) -> PurePosixPath:
        """Return where the node keeps the files of a claim."""
        found = self._api.get("PersistentVolumeClaim", namespace, claim)
        assert found is not None, f"claim {claim} is not there"
        volume = found["spec"]["volumeName"]
        return PurePosixPath(f"/var/local-path-provisioner/{volume}_{namespace}_{claim}")

    def host_path(self, folder: PurePosixPath) -> Path:
        """Return where a folder of the node is for processes beside it, as a mounted volume is."""
        pid = run_program("docker", "inspect", "--format", "{{.State.Pid}}", self.container).strip()
        return Path(f"/proc/{pid}/root", *folder.parts[1:])

    def files(self, folder: PurePosixPath) -> list[str]:
        """Return the paths of all files below a folder, relative to it; empty where it is not."""
        script = 'cd "$1" 2>/dev/null && find . -type f | sed "s#^./##" | sort || true'
        return self.run("sh", "-c", script, "sh", str(folder)).split()

    def read(self, path: PurePosixPath) -> str:
        """Return a text file; empty where there is none."""
        return self.run("sh", "-c", 'cat "$1" 2>/dev/null || true', "sh", str(path))

    def digest(self, path: PurePosixPath) -> str:
        """Return a file's SHA-256."""
        return self.run("sha256sum", str(path)).split()[0]

    def restart_api_server(self) -> None:
        """Take the API server away, and let the kubelet bring it back."""
        self.run("mv", _API_SERVER_MANIFEST, "/kube-apiserver.yaml")
        wait_for("the API server's end", lambda: not self._api.is_ready())
        self.run("mv", "/kube-apiserver.yaml", _API_SERVER_MANIFEST)
        wait_for("the API server's return", self._api.is_ready, seconds=240)

    def restart_kubelet(self) -> None:
        """Restart the kubelet; pods go on."""
        self.run("systemctl", "restart", "kubelet")

    def restart_services(self) -> None:
        """Restart what runs pods, containerd and the kubelet, as an upgrade of a node does."""
        self.run("systemctl", "restart", "containerd", "kubelet")

    def load_images(self, *images: str) -> None:
        """Bring images from Docker's store into the node's."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:  # noqa: S603, S607 - tests name their programs
            subprocess.run(  # noqa: S603
                ["docker", "exec", "-i", self.container, "ctr", "-n", "k8s.io", "images",  # noqa: S607
                 "import", "--all-platforms", "--digests", "-"],
                stdin=saved.stdout, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        assert saved.returncode == 0, f"docker save {images} failed"
