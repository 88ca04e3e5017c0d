"""A server of another project, run as a process of the test's own."""

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

__all__ = ["Server"]

_DEADLINE_SECONDS: Final = 120.0


class Server:
    """One process that answers HTTP once it is ready.

    Args:
        command: what is run.
        ready: address that answers 200 when it is ready.
        log: what it prints goes to this file.
        environment: all of its variables.
    """

    def __init__(
        self, command: Sequence[str], ready: str, log: Path, environment: Mapping[str, str]
    ) -> None:
        self._command = list(command)
        self._ready = ready
        self._log = log
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of its running process."""
        assert self._process is not None, f"{self._command[0]} does not run"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            AssertionError: it ended, or is not ready in time; with the end of its log.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program that the test names
                self._command, stdout=log, stderr=subprocess.STDOUT, env=self._environment
            )
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                end = self._log.read_text(errors="replace")[-3000:]
                self.kill()
                raise AssertionError(f"{self._command[0]} is not ready:\n{end}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it as a person would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=60)
            self._process = None

    def _is_ready(self) -> bool:
        try:
            return httpx.get(self._ready, timeout=5).is_success
        except httpx.TransportError:
            return False
