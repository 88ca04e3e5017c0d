"""``azuraforge up`` as a process that is killed and started again on the same folder and port."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

__all__ = ["ServiceProcess", "free_port"]

_TOKEN = "a-token-of-a-service-that-is-killed-all-the-time"  # noqa: S105 - of a test's service
_DEADLINE_SECONDS = 300.0


def free_port() -> int:
    """Return a port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class ServiceProcess:
    """The service.

    Attributes:
        data: its folder.
        environment: variables besides this process's own.
        port: where it listens, the same after each start.
    """

    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {_TOKEN}"},
            timeout=60,
        )

    def start(self) -> None:
        """Start it; see `wait_until_ready`."""
        command = [sys.executable, "-m", "azuraforge_cli", "up"]
        command += ["--port", str(self.port), "--data", str(self.data)]
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data.parent / "up.txt").open("ab") as said:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                env={**os.environ, "AZURAFORGE_ADMIN_TOKEN": _TOKEN, **self.environment},
                stdout=said,
                stderr=said,
            )

    def wait_until_ready(self) -> None:
        """Wait until it says that it is ready."""
        give_up = time.monotonic() + _DEADLINE_SECONDS
        while not self._is_ready():
            assert self._process is not None
            assert self._process.poll() is None, (self.data.parent / "up.txt").read_text()
            assert time.monotonic() < give_up
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def get(self, path: str) -> httpx.Response:
        """Return what a GET answers, however often the service has to be asked."""
        give_up = time.monotonic() + _DEADLINE_SECONDS
        while True:
            trouble = "it is not there"
            with contextlib.suppress(httpx.TransportError):
                answer = self.client.get(path)
                if not answer.is_server_error:
                    return answer.raise_for_status()
                trouble = answer.text
            assert time.monotonic() < give_up, trouble
            time.sleep(0.2)

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/readyz").is_success
        except httpx.TransportError:
            return False
