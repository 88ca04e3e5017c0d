"""The API as a process beside the cluster: it sees what a pod of it would see."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

import httpx

from azuraforge_e2e.api_server import Document
from azuraforge_e2e.waiting import wait_for

__all__ = ["ServiceProcess"]

_JOBS: Final = "/api/v1/jobs"
_START_SECONDS: Final = 120.0


class ServiceProcess:
    """The service over the kubernetes backend, started as often as a test likes.

    Args:
        data: folder of its database.
        kubeconfig: of the cluster.
        namespace: whose jobs it serves.
        plugin_namespace: where the plugins' ConfigMaps are.
        runs: where the runs' volume is mounted.
    """

    def __init__(
        self, data: Path, kubeconfig: Path, namespace: str, plugin_namespace: str, runs: Path
    ) -> None:
        self._data = data
        self._token = secrets.token_hex(32)
        self._environment = {
            **os.environ,
            "KUBECONFIG": str(kubeconfig),
            "AZURAFORGE_BACKEND": "kubernetes",
            "AZURAFORGE_KUBERNETES_NAMESPACES": namespace,
            "AZURAFORGE_KUBERNETES_PLUGIN_NAMESPACE": plugin_namespace,
            "AZURAFORGE_RUNS_DIR": str(runs),
            "AZURAFORGE_ADMIN_TOKEN": self._token,
        }
        self._process: subprocess.Popen[str] | None = None
        self._client: httpx.Client | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "azuraforge_cli",
            "up",
            "--data",
            str(self._data),
            "--port",
            "0",
        ]
        process = self._process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        greeting = process.stdout.readline()
        assert "AzuraForge is at " in greeting, greeting + process.stdout.read()
        address = greeting.split("AzuraForge is at ")[1].split(";")[0]
        self._client = httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {self._token}"}, timeout=30.0
        )
        wait_for("the service", self._is_ready, seconds=_START_SECONDS, explain=self.log)

    def kill(self) -> None:
        """Kill it at once, as a node that fails does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None
        if self._client is not None:
            self._client.close()
            self._client = None

    def log(self) -> str:
        """Return the end of what it logged."""
        path = self._data / "service.log"
        return (
            "\n".join(path.read_text(encoding="utf-8").splitlines()[-40:]) if path.exists() else ""
        )

    def request(
        self, method: str, path: str, expected: int = 200, **options: Any
    ) -> httpx.Response:
        """Send a request, and insist on its status."""
        assert self._client is not None
        answer = self._client.request(method, f"/api/v1{path}", **options)
        assert answer.status_code == expected, f"{method} {path}: {answer.text}\n{self.log()}"
        return answer

    def submit(self, document: Document) -> str:
        """Create a job and return its uid."""
        answer = self.request("POST", "/jobs", 201, json=document)
        return str(answer.json()["metadata"]["uid"])

    def find(self, uid: str) -> Document | None:
        """Return a job by uid or name, or None where it is not known."""
        assert self._client is not None
        answer = self._client.get(f"{_JOBS}/{uid}")
        found: Document | None = answer.json() if answer.status_code == 200 else None
        return found

    def get(self, uid: str) -> Document:
        """Return a job that is known."""
        found = self.find(uid)
        assert found is not None, f"{uid} is not known\n{self.log()}"
        return found

    def wait_for_phase(self, uid: str, phase: str) -> Document:
        """Return a job once the service shows it in a phase."""

        def look() -> Document | None:
            job = self.find(uid)
            return job if job is not None and job["status"].get("phase") == phase else None

        return wait_for(f"{uid} {phase}", look, seconds=180, explain=self.log)

    def events(self, uid: str) -> Iterator[Document]:
        """Follow a job's events as they come; ends with the job."""
        assert self._client is not None
        with self._client.stream("GET", f"{_JOBS}/{uid}/events", timeout=180) as answer:
            kind = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: ") and kind == "run":
                    yield json.loads(line.removeprefix("data: "))

    def log_lines(self, uid: str, **query: Any) -> Iterator[Document]:
        """Read a job's log; with ``follow=True`` as it comes."""
        assert self._client is not None
        headers = {"Accept": "application/x-ndjson"}
        with self._client.stream(
            "GET", f"{_JOBS}/{uid}/logs", params=query, headers=headers, timeout=180
        ) as answer:
            for line in answer.iter_lines():
                yield json.loads(line)

    def _is_ready(self) -> bool:
        assert self._client is not None
        try:
            return self._client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False
